import { StoreUnavailable } from "../store/store.ts";
import { Fault } from "./fault.ts";
import type { Log } from "./ports/log.ts";

/** The fault that anything thrown becomes; what nobody foresaw is logged under the id its caller is told. */
export type FaultOf = (error: unknown, event: string) => Fault;

export function createFaultOf(log: Log, createId: () => string): FaultOf {
  return (error, event) => {
    if (error instanceof Fault) return error;
    if (error instanceof StoreUnavailable) {
      return new Fault("UNAVAILABLE", "The store is out of reach", { retryAfterMs: error.retryAfterMs });
    }
    const id = createId();
    log.error({ err: error, event, id }, "a handler failed");
    return new Fault("INTERNAL", "Internal error", { details: { id } });
  };
}
