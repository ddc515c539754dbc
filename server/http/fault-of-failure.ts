import { type Failure, HTTP_STATUS, type WireCode } from "../../sdk/protocol/index.ts";
import { Fault } from "../core/fault.ts";

/** A refusal that was answered, as one that is thrown. */
export function faultOfFailure({ code, error, details, retryAfterMs }: Failure): Fault {
  // The codes that only an SDK gives never come from the core.
  const wireCode = Object.hasOwn(HTTP_STATUS, code) ? (code as WireCode) : "INTERNAL";
  return new Fault(wireCode, error, {
    ...(details === undefined ? {} : { details }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
