import { createHeadlessEmulator, type HeadlessEmulator, type HeadlessTerminal } from "./headless-emulator.ts";
import { joinedBytes } from "./joined-bytes.ts";
import type { Mirror, MirrorSnapshot } from "./mirror-contract.ts";
import { characterBoundary } from "./utf8-character.ts";

export interface MirrorOptions {
  cols: number;
  rows: number;
  /** Lines kept above the screen. Default 1,000. */
  scrollback?: number;
  /** Offset of the first byte. Default 0. */
  offset?: number;
  /** Longest time to parse in one go, before others get their turn. Default 8 ms. */
  sliceMs?: number;
  /** Answers to queries in the stream, as they are parsed; a restored snapshot answers none. */
  onReply?: (data: string) => void;
  /** The emulator threw at or shortly after `offset`: it was rebuilt from what it showed, up to 4 KiB are missing. */
  onError?: (error: unknown, offset: number) => void;
  /** Called with each new terminal, to register handlers or a Unicode version. */
  prepare?: (terminal: HeadlessTerminal) => void;
  /** Called before each piece of work, for a watchdog: none takes long. */
  onWork?: () => void;
  /** Milliseconds. Default `Date.now`. */
  now?: () => number;
}

interface Job {
  /** Does some of the work; true when there is more. */
  step(): boolean;
  settle(error?: Error): void;
}

const MIN_PIECE = 64;
/** xterm.js has a buffer for so much, and keeps a larger one once it was given more. */
const MAX_PIECE = 4 * 1024;

/** A mirror in this thread. It parses in slices of bounded time, in pieces that shrink when output is slow to parse. */
export function createMirror(options: MirrorOptions): Mirror {
  const { scrollback = 1_000, sliceMs = 8, onError, onWork, prepare, now = Date.now } = options;
  let { cols, rows, offset = 0 } = options;
  let isMuted = false;
  const onReply = options.onReply && ((data: string) => void (isMuted || options.onReply?.(data)));
  const create = (): HeadlessEmulator => createHeadlessEmulator({ cols, rows, scrollback, onReply, prepare });
  let emulator = create();
  /** The beginning of a character whose rest has not come yet. */
  let cut = new Uint8Array(0);
  let piece = MAX_PIECE;
  let isDisposed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const jobs: Job[] = [];

  function enqueue(step: () => boolean): Promise<void> {
    if (isDisposed) return Promise.reject(new Error("The mirror is disposed"));
    return new Promise((resolve, reject) => {
      jobs.push({ step, settle: (error) => (error ? reject(error) : resolve()) });
      if (timer === undefined && jobs.length === 1) work();
    });
  }

  function work(): void {
    timer = undefined;
    const deadline = now() + sliceMs;
    for (let job = jobs[0]; job; job = jobs[0]) {
      let error: Error | undefined;
      let hasMore = false;
      onWork?.();
      try {
        hasMore = job.step();
      } catch (thrown) {
        error = thrown instanceof Error ? thrown : new Error(String(thrown));
      }
      if (!hasMore) {
        jobs.shift();
        job.settle(error);
      }
      if (jobs.length > 0 && now() >= deadline) {
        timer = setTimeout(work, 0);
        return;
      }
    }
  }

  function parse(bytes: Uint8Array): void {
    const started = now();
    try {
      emulator.parse(bytes);
    } catch (error) {
      rebuild();
      onError?.(error, offset);
    }
    const elapsed = now() - started;
    if (elapsed > sliceMs) piece = Math.max(MIN_PIECE, piece >> 1);
    else if (elapsed * 4 <= sliceMs) piece = Math.min(MAX_PIECE, piece << 1);
  }

  /** An emulator that threw has lost its place: a new one takes over what the old one shows, if that can be read. */
  function rebuild(): void {
    emulator.unwedge();
    const state = emulator.snapshot(Number.POSITIVE_INFINITY);
    emulator.dispose();
    emulator = create();
    replay(state);
  }

  function replay(data: string): void {
    isMuted = true;
    try {
      const bytes = new TextEncoder().encode(data);
      for (let at = 0, end = 0; at < bytes.length; at = end) {
        end = at + characterBoundary(bytes.subarray(at), Math.min(MAX_PIECE, bytes.length - at));
        emulator.parse(bytes.subarray(at, end));
      }
    } finally {
      isMuted = false;
    }
  }

  return {
    get cols() {
      return cols;
    },
    get rows() {
      return rows;
    },
    get offset() {
      return offset;
    },
    get isPlain() {
      // Handlers of others may do anything.
      return prepare === undefined && jobs.length === 0 && cut.length === 0 && emulator.isPlain();
    },
    write(bytes) {
      let rest: Uint8Array | undefined;
      return enqueue(() => {
        rest ??= cut.length === 0 ? bytes : joinedBytes(cut, bytes);
        cut = new Uint8Array(0);
        const wanted = Math.min(piece, rest.length);
        const end = characterBoundary(rest, wanted);
        if (end > 0) {
          parse(rest.subarray(0, end));
          offset += end;
          rest = rest.subarray(end);
        }
        if (rest.length > 0 && end > 0) return true;
        cut = rest.slice();
        return false;
      });
    },
    resize(newCols, newRows) {
      return enqueue(() => {
        cols = newCols;
        rows = newRows;
        emulator.resize(cols, rows);
        return false;
      });
    },
    snapshot({ historyLines }) {
      const data = emulator.snapshot(historyLines);
      // Whoever looked is often the last for a while. Handlers of others may look at every cell.
      if (prepare === undefined) emulator.compact();
      return { offset, cols, rows, data };
    },
    restore(snapshot: MirrorSnapshot) {
      return enqueue(() => {
        ({ cols, rows, offset } = snapshot);
        cut = new Uint8Array(0);
        emulator.dispose();
        emulator = create();
        replay(snapshot.data);
        return false;
      });
    },
    dispose() {
      isDisposed = true;
      clearTimeout(timer);
      for (const job of jobs.splice(0)) job.settle(new Error("The mirror is disposed"));
      emulator.dispose();
    },
  };
}
