import { createMirror } from "../emulator/mirror.ts";
import { createSanitizer } from "../emulator/sanitizer.ts";
import { createTerminalLog, type LogSnapshot, type TerminalLog } from "../emulator/terminal-log.ts";
import { TERMINAL_LIMITS } from "../protocol/limits.ts";

export interface OwnerLogOptions {
  readonly cols: number;
  readonly rows: number;
  schedule(delayMs: number, task: () => void): () => void;
  /** Whether the program is kept waiting: the rest of a sequence cannot come. */
  isPaused(): boolean;
  /** More can be read, or less waits to be parsed, without a call having been made. */
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
  /** Size of the terminal at offset 0. */
  readonly start: { readonly cols: number; readonly rows: number };
  /** Bytes that wait for the rest of their sequence or character, as they came. */
  readonly held: Uint8Array;
  /** Bytes that the emulator must parse before they can go: the program should wait while they are many. */
  readonly unparsed: number;
  append(bytes: Uint8Array): void;
  resize(cols: number, rows: number): void;
  /** Lets go of what waits for the rest of a sequence. */
  flush(): void;
  snapshot(historyLines: number): Promise<LogSnapshot>;
  dispose(): void;
}

export function createOwnerLog(options: OwnerLogOptions): OwnerLog {
  const { cols, rows, schedule, isPaused, onChange, onError } = options;
  const sanitizer = createSanitizer({ cols, rows });
  const kept = createTerminalLog({
    epoch: "owner",
    cols,
    rows,
    // A quarter more, since the ring gives up a quarter at a time.
    ringBytes: TERMINAL_LIMITS.ownerKeepsBytes * 1.25,
    deltaBytes: TERMINAL_LIMITS.ownerKeepsBytes,
    createMirror,
    scrollback: TERMINAL_LIMITS.historyDefault,
    // The emulator is in this thread: there is none to be lost with.
    checkpointBytes: Number.POSITIVE_INFINITY,
    onError,
  });
  let held: Uint8Array = new Uint8Array(0);
  let cancelFlush: (() => void) | undefined;
  let isDraining = false;
  let canParse = true;

  const flush = (): void => {
    cancelFlush?.();
    cancelFlush = undefined;
    held = new Uint8Array(0);
    const rest = sanitizer.flush();
    if (rest.length > 0) kept.append(rest);
  };

  /** `isLate`: what came while this process was busy has been read. */
  const flushLater = (delayMs: number, isLate: boolean): void => {
    cancelFlush = schedule(delayMs, () => {
      if (isPaused() || !isLate) return flushLater(isPaused() ? TERMINAL_LIMITS.heldMs : 1, !isPaused());
      flush();
      onChange();
    });
  };

  const drain = (): void => {
    if (isDraining || !canParse || kept.backlogBytes === 0) return;
    isDraining = true;
    const settle = (isParsed: boolean): void => {
      isDraining = false;
      // An emulator that fails was reported by the log; the program must not wait for it for ever.
      canParse = isParsed;
      onChange();
    };
    kept.whenDrained().then(
      () => settle(true),
      () => settle(false),
    );
  };

  return {
    kept,
    start: { cols, rows },
    get held() {
      return held;
    },
    get unparsed() {
      return canParse ? kept.backlogBytes : 0;
    },
    append(bytes) {
      cancelFlush?.();
      cancelFlush = undefined;
      kept.append(sanitizer.push(bytes));
      drain();
      const { heldBytes } = sanitizer;
      held = lastOf(held, bytes, heldBytes);
      if (heldBytes > 0) flushLater(TERMINAL_LIMITS.heldMs, false);
    },
    resize(nextCols, nextRows) {
      sanitizer.resize(nextCols, nextRows);
      kept.resize(nextCols, nextRows);
    },
    flush,
    snapshot: (historyLines) => kept.snapshot({ historyLines }),
    dispose() {
      cancelFlush?.();
      kept.dispose();
    },
  };
}

/** The last `count` bytes of two pieces; 64 at most are ever asked for. */
function lastOf(head: Uint8Array, tail: Uint8Array, count: number): Uint8Array {
  if (count <= tail.length) return tail.slice(tail.length - count);
  const both = new Uint8Array(head.length + tail.length);
  both.set(head);
  both.set(tail, head.length);
  return both.subarray(both.length - count);
}
