import type { Clock } from "../ports/clock.ts";

/** Those who wait for a stream to get as far as it was before the server was restarted. */
export interface Arrivals {
  /** Resolves when `offset` is reached, or after `patienceMs`, or on `dispose`. */
  until(offset: number, patienceMs: number): Promise<void>;
  /** The stream has got as far as `offset`. */
  reached(offset: number): void;
  dispose(): void;
}

export function createArrivals(clock: Clock): Arrivals {
  const waiting = new Set<{ readonly offset: number; readonly resolve: () => void }>();
  const reached = (offset: number): void => {
    for (const waiter of waiting) if (waiter.offset <= offset) waiter.resolve();
  };
  return {
    until: (offset, patienceMs) =>
      new Promise((resolve) => {
        const waiter = {
          offset,
          resolve() {
            waiting.delete(waiter);
            cancel();
            resolve();
          },
        };
        const cancel = clock.schedule(patienceMs, waiter.resolve);
        waiting.add(waiter);
      }),
    reached,
    dispose: () => reached(Number.POSITIVE_INFINITY),
  };
}
