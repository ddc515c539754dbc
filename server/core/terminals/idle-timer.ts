import type { Clock } from "../ports/clock.ts";

/** Calls back when nothing was touched for a while; again only after the next touch. */
export interface IdleTimer {
  touch(): void;
  dispose(): void;
}

export function createIdleTimer(clock: Clock, idleMs: number, onIdle: () => void): IdleTimer {
  let touchedAt = 0;
  let cancel: (() => void) | undefined;
  const look = (): void => {
    const leftMs = touchedAt + idleMs - clock.now();
    cancel = leftMs > 0 ? clock.schedule(leftMs, look) : undefined;
    if (leftMs <= 0) onIdle();
  };
  return {
    // Cheap, because every piece of output comes by: the timer looks when it was, and is not set anew.
    touch() {
      touchedAt = clock.now();
      cancel ??= clock.schedule(idleMs, look);
    },
    dispose() {
      cancel?.();
      cancel = undefined;
    },
  };
}
