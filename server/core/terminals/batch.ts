import type { Clock } from "../ports/clock.ts";
import type { TerminalLimits } from "./terminal-limits.ts";

/** When output leaves: at once when idle, else 16 ms after the last time, 4 ms while an echo is awaited, or at 64 KiB. */
export interface Batch {
  /** Output waits, so many bytes of it. */
  touch(waiting: number): void;
  /** Somebody typed: what comes next is likely the echo. */
  typed(): void;
  dispose(): void;
}

export function createBatch(clock: Clock, limits: TerminalLimits, flush: () => void): Batch {
  let flushedAt = Number.NEGATIVE_INFINITY;
  let typedAt = Number.NEGATIVE_INFINITY;
  let dueAt: number | undefined;
  let cancel: (() => void) | undefined;

  const run = (): void => {
    cancel?.();
    cancel = undefined;
    dueAt = undefined;
    flushedAt = clock.now();
    flush();
  };

  const runAt = (at: number): void => {
    if (dueAt !== undefined && dueAt <= at) return;
    cancel?.();
    dueAt = at;
    cancel = clock.schedule(Math.max(0, at - clock.now()), run);
  };

  return {
    touch(waiting) {
      const now = clock.now();
      const isEcho = now - typedAt <= limits.echoMs;
      const at = flushedAt + (isEcho ? limits.echoBatchMs : limits.batchMs);
      if (waiting >= limits.frameBytes || at <= now) run();
      else runAt(at);
    },
    typed() {
      typedAt = clock.now();
      if (dueAt !== undefined) runAt(typedAt + limits.echoBatchMs);
    },
    dispose() {
      cancel?.();
      cancel = undefined;
    },
  };
}
