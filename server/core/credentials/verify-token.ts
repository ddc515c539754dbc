import { Fault } from "../fault.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Authenticator, Principal, TokenFault } from "../ports/principal.ts";

/** A verifier that failed or took too long says nothing about the token: the client may come again. */
const RETRY_MS = 1_000;

/**
 * Turns a token into a principal within a deadline.
 * @throws Fault `UNAVAILABLE` when the verifier failed or was too slow
 */
export function createVerifyToken(authenticator: Authenticator, clock: Clock, log: Log, deadlineMs: number) {
  return async function verifyToken(token: string): Promise<Principal | TokenFault> {
    let cancel = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = clock.schedule(deadlineMs, () => reject(new Error("the verifier took too long")));
    });
    try {
      return await Promise.race([authenticator.verify(token), late]);
    } catch (error) {
      log.warn({ err: error }, "a token could not be judged");
      throw new Fault("UNAVAILABLE", "Authentication is not available now", { retryAfterMs: RETRY_MS });
    } finally {
      cancel();
    }
  };
}

export type VerifyToken = ReturnType<typeof createVerifyToken>;
