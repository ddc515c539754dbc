import type { Caller } from "../handler.ts";
import type { Clock } from "../ports/clock.ts";

/**
 * When a session that was not there is looked for again without being told: 7.71 s in all, the back-off of clients
 * before this protocol. What another server of a cluster creates may not be told here.
 */
const DELAYS_MS: readonly number[] = [100, 500, 1_000, 2_000, 4_110];

export interface AwaitedSessions {
  /** A session was created here or elsewhere. */
  created(sessionId: string): void;
  /**
   * Tells once the project of a session that the caller may read, as soon as it is there; `undefined` when it did not
   * come. One that may not be read is waited for like one that is not there. Returns how to stop.
   */
  until(caller: Caller, sessionId: string, told: (projectId: string | undefined) => void): () => void;
}

/** @param projectOf the project of a session that the caller may read */
export function createAwaitedSessions(
  clock: Clock,
  projectOf: (caller: Caller, sessionId: string) => Promise<string | undefined>,
): AwaitedSessions {
  const waiting = new Map<string, Set<() => void>>();

  return {
    created(sessionId) {
      for (const look of waiting.get(sessionId) ?? []) look();
    },
    until(caller, sessionId, told) {
      const looks = waiting.get(sessionId) ?? new Set();
      waiting.set(sessionId, looks);
      let cancelTimer = (): void => undefined;
      let isOver = false;
      const seen = (): void => look(false);

      function stop(): void {
        isOver = true;
        cancelTimer();
        looks.delete(seen);
        if (looks.size === 0 && waiting.get(sessionId) === looks) waiting.delete(sessionId);
      }
      function answer(projectId: string | undefined, isLast: boolean): void {
        if (isOver || (projectId === undefined && !isLast)) return;
        stop();
        told(projectId);
      }
      function look(isLast: boolean): void {
        projectOf(caller, sessionId).then(
          (projectId) => answer(projectId, isLast),
          // The store is out of reach: it may be back by the next time.
          () => answer(undefined, isLast),
        );
      }
      function wait([delayMs, ...rest]: readonly number[]): void {
        if (delayMs === undefined) return;
        cancelTimer = clock.schedule(delayMs, () => {
          look(rest.length === 0);
          wait(rest);
        });
      }

      looks.add(seen);
      wait(DELAYS_MS);
      look(false);
      return stop;
    },
  };
}
