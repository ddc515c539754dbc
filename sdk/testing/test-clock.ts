import type { Clock } from "../../server/core/ports/clock.ts";

/** The platform's clock, looked up at each call so that fake timers count, installed before or after. */
export const testClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, task) {
    // A number in browsers; in Node an object that would keep the process alive.
    const timer: unknown = setTimeout(task, delayMs);
    if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function")
      timer.unref();
    // It goes back to where it came from.
    return () => clearTimeout(timer as ReturnType<typeof setTimeout>);
  },
};
