/** Time that a test moves by hand. */
export interface ManualClock {
  now(): number;
  schedule(delayMs: number, task: () => void): () => void;
  /** Runs what is due within the next `ms`, in order. */
  advance(ms: number): void;
  /** Timers that wait. */
  readonly waiting: number;
}

export function createManualClock(start = 1_000_000): ManualClock {
  let time = start;
  let order = 0;
  const timers = new Set<{ readonly at: number; readonly order: number; readonly task: () => void }>();
  return {
    now: () => time,
    schedule(delayMs, task) {
      const timer = { at: time + Math.max(0, delayMs), order: order++, task };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      const until = time + ms;
      for (;;) {
        const due = [...timers]
          .filter(({ at }) => at <= until)
          .sort((a, b) => a.at - b.at || a.order - b.order)[0];
        if (due === undefined) break;
        timers.delete(due);
        time = due.at;
        due.task();
      }
      time = until;
    },
    get waiting() {
      return timers.size;
    },
  };
}
