import type { Clock } from "../ports/clock.ts";

/** Tells that there is output, at most once in `everyMs`; the last of a burst is told too. */
export interface ActivityNotice {
  touch(): void;
  dispose(): void;
}

export function createActivityNotice(clock: Clock, everyMs: number, tell: () => void): ActivityNotice {
  let toldAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  const run = (): void => {
    cancel = undefined;
    toldAt = clock.now();
    tell();
  };
  return {
    touch() {
      if (cancel !== undefined) return;
      const waitMs = toldAt + everyMs - clock.now();
      if (waitMs <= 0) run();
      else cancel = clock.schedule(waitMs, run);
    },
    dispose() {
      cancel?.();
      cancel = undefined;
    },
  };
}
