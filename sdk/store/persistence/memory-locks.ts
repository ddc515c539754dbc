import type { Locks } from "./vault.ts";

/** Web Locks within one process. */
export function createMemoryLocks(): Locks {
  /** Who waits for a name that is held, first come first served. */
  const held = new Map<string, (() => void)[]>();

  const release = (name: string): void => {
    const next = held.get(name)?.shift();
    if (next === undefined) held.delete(name);
    else next();
  };

  return {
    isHeld: async (name) => held.has(name),
    freed: () => Promise.resolve(),
    hold(name, { signal, wait }) {
      return new Promise((resolve, reject) => {
        const take = (): void => {
          if (signal.aborted) {
            release(name);
            return;
          }
          signal.addEventListener("abort", () => release(name), { once: true });
          resolve(true);
        };
        const waiting = held.get(name);
        if (signal.aborted) reject(signal.reason);
        else if (waiting === undefined) {
          held.set(name, []);
          take();
        } else if (!wait) resolve(false);
        else {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
          waiting.push(take);
        }
      });
    },
  };
}
