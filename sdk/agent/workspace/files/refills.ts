import type { FileIndex } from "./file-index.ts";
import type { FileState } from "./file-state.ts";

/** A file that is suddenly empty is mostly being written: it gets this long to be filled again. */
const REFILL_MS = 100;

/** Files that were found empty and are looked at once more before that is told. */
export interface Refills {
  /** Leaves out of a look what was emptied since the last one. */
  hold(seen: Map<string, FileState | undefined>): void;
  dispose(): void;
}

/** @param look is told of a path whose time is over */
export function createRefills(index: Pick<FileIndex, "get">, look: (path: string) => void): Refills {
  const timers = new Map<string, NodeJS.Timeout>();
  return {
    hold(seen) {
      for (const [path, state] of seen) {
        const known = index.get(path);
        clearTimeout(timers.get(path));
        const wasHeld = timers.delete(path);
        if (state?.size !== 0 || known === undefined || known.size === 0 || wasHeld) continue;
        seen.delete(path);
        timers.set(
          path,
          setTimeout(() => look(path), REFILL_MS),
        );
      }
    },
    dispose() {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
