import type { Response } from "express";
import type { Principal } from "../../core/ports/principal.ts";

/** Says who sends the request, for the routes behind. */
export function setPrincipal(response: Response, principal: Principal): void {
  response.locals["principal"] = principal;
}

/** Who sends the request. */
export function principalOf(response: Response): Principal {
  // Set for every route of the API by `setPrincipal`; Express keeps locals untyped.
  return response.locals["principal"] as Principal;
}
