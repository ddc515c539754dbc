import type { Clock } from "../../server/core/ports/clock.ts";

/** The platform's clock, looked up at each call so that fake timers count, installed before or after. */
export const testClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, task) {
    // A number in browsers; in Node an object that would keep the process alive.
    const timer: number | { unref?(): unknown } = setTimeout(task, delayMs);
    unref(timer);
    return () => clearTimeout(timer);
  },
};

function unref(timer: number | { unref?(): unknown }): void {
  if (typeof timer === "object") timer.unref?.();
}
