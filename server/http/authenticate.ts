import type { IncomingMessage } from "node:http";
import { createVerifyToken } from "../core/credentials/verify-token.ts";
import { Fault } from "../core/fault.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import type { Authenticator, Principal } from "../core/ports/principal.ts";

export interface AuthenticateOptions {
  readonly authenticator: Authenticator;
  readonly isLocal: (request: IncomingMessage) => boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** A token that is not judged by then is not judged at all. */
  readonly deadlineMs: number;
}

export type Authenticate = (request: IncomingMessage) => Promise<Principal>;

/**
 * Who sends an HTTP request: the bearer of its token, else this machine's own user (protocol section 3).
 * The function it returns throws a Fault `UNAUTHENTICATED`, `TOKEN_EXPIRED` or `UNAVAILABLE`.
 */
export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const { authenticator, isLocal, clock, log, deadlineMs } = options;
  const verifyToken = createVerifyToken(authenticator, clock, log, deadlineMs);
  return async (request) => {
    const header = request.headers.authorization;
    const local = isLocal(request);
    if (header === undefined || (local && !authenticator.hasVerifier)) {
      if (local) return authenticator.local;
      throw new Fault("UNAUTHENTICATED", "Authentication required");
    }
    const token = /^Bearer +(\S{1,16384}) *$/i.exec(header)?.[1];
    const principal = token === undefined ? "UNAUTHENTICATED" : await verifyToken(token);
    if (typeof principal === "string") throw new Fault(principal, "Invalid authentication token");
    return principal;
  };
}
