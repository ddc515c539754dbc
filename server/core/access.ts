import { Fault } from "./fault.ts";
import type { Access, Action } from "./handler.ts";
import type { Log } from "./ports/log.ts";
import type { Principal } from "./ports/principal.ts";

/** An application's own judgement; replaces the roles of the token (protocol section 3). */
export type Authorize = (
  principal: Principal,
  action: Action,
  resource: { readonly projectId: string },
) => boolean;

/** Viewers read, editors do everything; an application's `authorize` decides in place of both. */
export function createAccess(log: Log, authorize?: Authorize): Access {
  const allows: Access["allows"] = (principal, action, projectId) => {
    if (authorize === undefined) {
      const role = principal.roleIn(projectId);
      return role === "editor" || (role === "viewer" && action === "read");
    }
    try {
      return authorize(principal, action, { projectId }) === true;
    } catch (error) {
      log.error({ err: error, action }, "authorize threw: denied");
      return false;
    }
  };
  return {
    allows,
    require(principal, action, projectId) {
      if (!allows(principal, action, projectId))
        throw new Fault("FORBIDDEN", `Not allowed to ${action} in this project`);
    },
    roleIn(principal, projectId) {
      if (allows(principal, "mutate", projectId)) return "editor";
      return allows(principal, "read", projectId) ? "viewer" : undefined;
    },
  };
}
