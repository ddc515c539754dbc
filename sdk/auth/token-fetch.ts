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
    remedy: "See error.cause; the token is asked for again by itself.",
  });

export function createTokenFetch(auth: Auth, clock: Clock, timeoutMs: number): TokenFetch {
  let current: { readonly token: Promise<string | undefined>; cancel(): void } | undefined;

  const start = (reason: TokenReason): NonNullable<typeof current> => {
    const controller = new AbortController();
    let end = (_error: HoldfastError): void => {};
    const token = new Promise<string | undefined>((resolve, reject) => {
      const stopTimer = clock.schedule(timeoutMs, () =>
        end(new HoldfastError("TIMEOUT", `auth.getToken did not answer within ${timeoutMs} ms`)),
      );
      end = (error) => {
        stopTimer();
        reject(error);
        controller.abort(error);
      };
      const answer = async (): Promise<void> => {
        try {
          resolve((await auth.getToken({ reason, signal: controller.signal })) ?? undefined);
        } catch (cause) {
          reject(isHoldfastError(cause) ? cause : failure(cause));
        }
        stopTimer();
      };
      void answer();
    });
    return {
      token: handled(token),
      cancel: () => end(new HoldfastError("CLOSED", "The token is not wanted any more")),
    };
  };

  return {
    get(reason) {
      if (current === undefined) {
        const mine = start(reason);
        current = mine;
        const done = (): void => {
          if (current === mine) current = undefined;
        };
        mine.token.then(done, done);
      }
      return current.token;
    },
    cancel() {
      current?.cancel();
      current = undefined;
    },
  };
}
