import { HoldfastError, isHoldfastError } from "../errors.ts";
import type { Clock } from "../util/clock.ts";
import { handled } from "../util/handled.ts";
import type { Auth, TokenReason } from "./auth.ts";

/** Calls `getToken`, one call at a time: who asks meanwhile shares the answer. */
export interface TokenFetch {
  /**
   * @throws HoldfastError `TIMEOUT` when there is no answer in time, `UNAVAILABLE` when `getToken` rejects (or the
   * HoldfastError it rejects with), `CLOSED` when cancelled.
   */
  get(reason: TokenReason): Promise<string | undefined>;
  /** Nobody wants the answer under way any more. */
  cancel(): void;
}

const failure = (cause: unknown): HoldfastError =>
  new HoldfastError("UNAVAILABLE", "auth.getToken failed", {
    cause,
    remedy: "See error.cause; the client tries again.",
  });

export function createTokenFetch(auth: Auth, clock: Clock, timeoutMs: number): TokenFetch {
  let current: Promise<string | undefined> | undefined;
  /** Ends the call under way. */
  let end = (_error: HoldfastError): void => {};

  const start = (reason: TokenReason): Promise<string | undefined> =>
    new Promise((resolve, reject) => {
      const controller = new AbortController();
      const cancelTimeout = clock.schedule(timeoutMs, () =>
        end(new HoldfastError("TIMEOUT", `auth.getToken did not answer within ${timeoutMs} ms`)),
      );
      end = (error) => {
        cancelTimeout();
        reject(error);
        controller.abort(error);
      };
      const ask = async (): Promise<void> => {
        try {
          resolve((await auth.getToken({ reason, signal: controller.signal })) ?? undefined);
        } catch (cause) {
          reject(isHoldfastError(cause) ? cause : failure(cause));
        }
        cancelTimeout();
      };
      void ask();
    });

  return {
    get(reason) {
      if (current === undefined) {
        const mine = handled(start(reason));
        current = mine;
        const done = (): void => {
          if (current === mine) current = undefined;
        };
        mine.then(done, done);
      }
      return current;
    },
    cancel() {
      if (current !== undefined) end(new HoldfastError("CLOSED", "The token is not wanted any more"));
      current = undefined;
    },
  };
}
