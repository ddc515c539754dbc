import type { Limits } from "../limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import { createAdmission } from "./admission.ts";
import { createExpiry } from "./expiry.ts";
import { createRefresh, type RefreshDeps } from "./refresh.ts";
import { createVerifyToken } from "./verify-token.ts";

export interface CredentialsDeps extends Omit<RefreshDeps, "verifyToken" | "expiry"> {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Limits;
}

/** Tokens from first to last: who may come in with one, when it ends, and the next one. */
export function createCredentials({ clock, log, limits, ...deps }: CredentialsDeps) {
  const verifyToken = createVerifyToken(deps.authenticator, clock, log, limits.authenticateMs);
  const expiry = createExpiry(clock, limits);
  return {
    judge: createAdmission({ ...deps, verifyToken }),
    expiry,
    refresh: createRefresh({ ...deps, verifyToken, expiry }),
  };
}
