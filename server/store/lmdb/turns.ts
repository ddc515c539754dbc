import { createFifo } from "../fifo.ts";

/** Lets `places` run at a time; the others wait in the order in which they came. */
export interface Turns {
  run<T>(action: () => Promise<T>): Promise<T>;
  /** Resolves when nobody runs or waits. */
  idle(): Promise<void>;
}

export function createTurns(places: number): Turns {
  const waiting = createFifo<() => void>();
  const idlers: (() => void)[] = [];
  let running = 0;

  function leave(): void {
    const next = waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    running -= 1;
    if (running === 0) for (const idler of idlers.splice(0)) idler();
  }

  return {
    async run(action) {
      // A place that is left goes straight to the next in line.
      if (running < places) running += 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await action();
      } finally {
        leave();
      }
    },
    idle: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
  };
}
