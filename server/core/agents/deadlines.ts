import type { Clock } from "../ports/clock.ts";

/** One timer a key; setting it again replaces it. */
export function createDeadlines(clock: Clock) {
  const timers = new Map<string, () => void>();
  const cancel = (key: string): boolean => {
    timers.get(key)?.();
    return timers.delete(key);
  };
  return {
    set(key: string, delayMs: number, task: () => void): void {
      cancel(key);
      const stop = clock.schedule(Math.max(0, delayMs), () => {
        timers.delete(key);
        task();
      });
      timers.set(key, stop);
    },
    has: (key: string): boolean => timers.has(key),
    cancel,
    dispose(): void {
      for (const key of [...timers.keys()]) cancel(key);
    },
  };
}
