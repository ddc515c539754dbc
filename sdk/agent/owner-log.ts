import { createMirror } from "../emulator/mirror.ts";
import type { MirrorSnapshot } from "../emulator/mirror-contract.ts";
import { createSanitizer } from "../emulator/sanitizer.ts";
import { createTerminalLog, type TerminalLog } from "../emulator/terminal-log.ts";
import { TERMINAL_LIMITS } from "../protocol/limits.ts";

export interface OwnerLogOptions {
  readonly cols: number;
  readonly rows: number;
  schedule(delayMs: number, task: () => void): () => void;
  /** More can be read, without a call having been made. */
  onChange(): void;
  onError(error: unknown): void;
}

/**
 * What an owner keeps of its own stream: the last 1 MiB, to be sent again to a server that lost it, and the whole
 * emulator before that. Bytes are made harmless here too, by the same rules as on the server, so that the emulator is
 * safe; that changes no length, so offsets are the same on both sides.
 */
export interface OwnerLog {
  readonly kept: TerminalLog;
  append(bytes: Uint8Array): void;
  resize(cols: number, rows: number): void;
  /** Lets go of what waits for the rest of a sequence. */
  flush(): void;
  snapshot(): Promise<MirrorSnapshot>;
  dispose(): void;
}

export function createOwnerLog(options: OwnerLogOptions): OwnerLog {
  const { cols, rows, schedule, onChange, onError } = options;
  const sanitizer = createSanitizer({ cols, rows });
  const kept = createTerminalLog({
    epoch: "owner",
    cols,
    rows,
    ringBytes: TERMINAL_LIMITS.ownerKeepsBytes,
    createMirror: (start) => createMirror({ ...start, scrollback: TERMINAL_LIMITS.historyMax }),
    onError,
  });
  let cancelFlush: (() => void) | undefined;

  const flush = (): void => {
    cancelFlush?.();
    cancelFlush = undefined;
    const rest = sanitizer.flush();
    if (rest.length > 0) kept.append(rest);
  };

  return {
    kept,
    append(bytes) {
      cancelFlush?.();
      cancelFlush = undefined;
      kept.append(sanitizer.push(bytes));
      if (sanitizer.heldBytes === 0) return;
      cancelFlush = schedule(TERMINAL_LIMITS.heldMs, () => {
        flush();
        onChange();
      });
    },
    resize(nextCols, nextRows) {
      sanitizer.resize(nextCols, nextRows);
      kept.resize(nextCols, nextRows);
    },
    flush,
    snapshot: () => kept.snapshot({ historyLines: TERMINAL_LIMITS.historyDefault }),
    dispose() {
      cancelFlush?.();
      kept.dispose();
    },
  };
}
