import type { Clock } from "./ports/clock.ts";

/**
 * Things that are begun for the first who needs them and ended a while after the last, so that a client that comes back
 * within seconds finds them as they were.
 */
export interface HeldKeys {
  hold(key: string, begin: () => () => void): void;
  release(key: string): void;
  dispose(): void;
}

interface Held {
  count: number;
  readonly end: () => void;
  cancelEnd: (() => void) | undefined;
}

export function createHeldKeys(clock: Pick<Clock, "schedule">, lingerMs: number): HeldKeys {
  const held = new Map<string, Held>();

  function end(key: string, { end: stop }: Held): void {
    held.delete(key);
    stop();
  }

  return {
    hold(key, begin) {
      const known = held.get(key);
      if (known === undefined) {
        held.set(key, { count: 1, end: begin(), cancelEnd: undefined });
        return;
      }
      known.cancelEnd?.();
      known.cancelEnd = undefined;
      known.count += 1;
    },
    release(key) {
      const known = held.get(key);
      if (known === undefined || known.count === 0) return;
      known.count -= 1;
      if (known.count === 0) known.cancelEnd = clock.schedule(lingerMs, () => end(key, known));
    },
    dispose() {
      for (const [key, known] of held) {
        known.cancelEnd?.();
        end(key, known);
      }
    },
  };
}
