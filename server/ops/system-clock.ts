import type { Clock } from "../core/ports/clock.ts";

/** The real clock. Its timers never keep the process alive. */
export function createSystemClock(): Clock {
  return {
    now: Date.now,
    schedule(delayMs, task) {
      const timer = setTimeout(task, delayMs);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
