/** Time as the client knows it: tests and the mock move it by hand. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs the task once after `delayMs`; returns how to cancel it. */
  schedule(delayMs: number, task: () => void): () => void;
}

/** The clock of the platform, looked up at each call so that fake timers installed later are honoured. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};
