import { type Mirror, MirrorLost, type MirrorSnapshot } from "./mirror-contract.ts";
import type { RecordStore } from "./record-store.ts";
import { createSkimmingMirror } from "./skimming-mirror.ts";
import type { TerminalCursor } from "./terminal-record.ts";

export interface LaggingMirrorOptions {
  /** What it follows. The records after its position must be kept. */
  store: RecordStore;
  createMirror: (start: MirrorBeginning) => Mirror;
  /** What the stream begins with: a size, or a state. */
  start: { cols: number; rows: number } | MirrorSnapshot;
  /** Size at the end of the stream. */
  size: () => { cols: number; rows: number };
  /** Lines kept above the screen until a snapshot is asked for with more; then so many, up to `maxScrollback`. */
  scrollback: number;
  maxScrollback: number;
  /** Bytes parsed between two checkpoints. */
  checkpointBytes: number;
  pack: (bytes: Uint8Array) => Uint8Array;
  unpack: (bytes: Uint8Array) => Uint8Array;
  /**
   * A mirror failed, another goes on from the last checkpoint; or it lags too far; or its thread hung on the same
   * output twice, and it begins anew after that. `lostBytes` were never parsed.
   */
  onError: (error: unknown, lostBytes: number) => void;
  /** Its position went on. */
  onAdvance: () => void;
}

/** What an emulator begins with. */
export interface MirrorBeginning {
  cols: number;
  rows: number;
  offset: number;
  scrollback: number;
}

/** A mirror that parses what it is told to, when it is told to, and holds no emulator while it is not needed. */
export interface LaggingMirror {
  /** What it has parsed. */
  readonly position: TerminalCursor;
  readonly isAsleep: boolean;
  readonly memoryBytes: number;
  /** Resolves when everything up to `offset` is parsed. */
  advance(offset: number): Promise<void>;
  /** The state at `offset` or where it has got to, if that is further. */
  snapshot(
    offset: number,
    historyLines: number,
  ): Promise<MirrorSnapshot & { readonly cursor: TerminalCursor }>;
  /** Parses up to `offset` and turns the emulator into its packed state. */
  sleep(offset: number): Promise<void>;
  dispose(): void;
}

interface Checkpoint {
  readonly cursor: TerminalCursor;
  readonly cols: number;
  readonly rows: number;
  /** Packed; undefined for a terminal that nothing was printed on. */
  readonly data: Uint8Array | undefined;
}

const PIECE_BYTES = 64 * 1024;
const MAX_FAILURES = 3;
/** Lost with the thread of others, not by a failure of its own. */
const MAX_LOSSES = 10;
/** Output that a thread hung on so often is never tried again. */
const MAX_HANGS = 2;

/**
 *     asleep --advance, snapshot--> awake --sleep--> asleep
 *                                   awake --failure--> asleep at the last checkpoint, then on again
 */
export function createLaggingMirror(options: LaggingMirrorOptions): LaggingMirror {
  const { store, createMirror, start, checkpointBytes, pack, unpack, onError, onAdvance } = options;
  let checkpoint: Checkpoint = {
    cursor: store.cursorAt(store.tail),
    cols: start.cols,
    rows: start.rows,
    data: "data" in start ? pack(new TextEncoder().encode(start.data)) : undefined,
  };
  let position = checkpoint.cursor;
  let lines = options.scrollback;
  /** How far it had got when the thread hung, and how often it did not get further. */
  let hung = { at: -1, times: 0 };
  let mirror: Mirror | undefined;
  let goal = position.offset;
  let isDisposed = false;
  /** Everything that touches the mirror, one after the other. */
  let queue: Promise<void> = Promise.resolve();
  let advancing: Promise<void> | undefined;

  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = queue.then(() => {
      if (isDisposed) throw new Error("The terminal log is disposed");
      return task();
    });
    queue = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async function awake(): Promise<Mirror> {
    if (mirror) return mirror;
    const { cursor, cols, rows, data } = checkpoint;
    const beginning = { cols, rows, offset: cursor.offset, scrollback: lines };
    const created = createSkimmingMirror(createMirror(beginning), beginning);
    mirror = created;
    position = cursor;
    if (data) {
      const text = new TextDecoder().decode(unpack(data));
      await created.restore({ offset: cursor.offset, cols, rows, data: text });
    }
    return created;
  }

  /** Parses the next piece. What has been parsed is known only afterwards, so a failure goes back to the checkpoint. */
  async function parsePiece(): Promise<void> {
    const current = await awake();
    const slice = store.read(position, PIECE_BYTES, Math.max(goal, position.offset));
    if (!slice) {
      const lost = store.tail - position.offset;
      position = store.cursorAt(store.tail);
      onError(new Error(`The mirror lags too far: ${lost} bytes were dropped before it parsed them`), lost);
      return;
    }
    for (const record of slice.records) {
      if (record.kind === "data") await current.write(record.bytes);
      else if (record.kind === "resize") await current.resize(record.cols, record.rows);
    }
    position = slice.next;
    onAdvance();
    if (position.offset - checkpoint.cursor.offset >= checkpointBytes) await remember(current);
  }

  async function remember(current: Mirror): Promise<void> {
    const { cols, rows, data } = await current.snapshot({ historyLines: Number.MAX_SAFE_INTEGER });
    checkpoint = { cursor: position, cols, rows, data: pack(new TextEncoder().encode(data)) };
  }

  function fail(error: unknown): void {
    const reached = position.offset;
    mirror?.dispose();
    mirror = undefined;
    const lost = Math.max(0, store.tail - checkpoint.cursor.offset);
    // With a hole between the checkpoint and what is kept, the state is the nearest there is.
    if (lost > 0) checkpoint = { ...checkpoint, cursor: store.cursorAt(store.tail) };
    position = checkpoint.cursor;
    goal = Math.max(goal, reached);
    onError(error, lost);
  }

  /** The thread hung on what comes at `position`, or on the state there: after the second time it goes on without. */
  function hang(error: Error): void {
    const isAgain = position.offset <= hung.at;
    hung = isAgain ? { ...hung, times: hung.times + 1 } : { at: position.offset, times: 1 };
    if (hung.times < MAX_HANGS) {
      fail(error);
      return;
    }
    const lost = goal - checkpoint.cursor.offset;
    mirror?.dispose();
    mirror = undefined;
    checkpoint = { cursor: store.cursorAt(goal), ...options.size(), data: undefined };
    position = checkpoint.cursor;
    onError(error, lost);
    onAdvance();
  }

  /**
   * Keeps more lines from now on, in another emulator: it parses again all that is kept since the last checkpoint, for
   * the lines that are gone otherwise; where that is not kept, it takes over the state.
   */
  async function widen(historyLines: number): Promise<void> {
    const wanted = Math.min(historyLines, options.maxScrollback);
    if (wanted <= lines) return;
    lines = wanted;
    if (!mirror) return;
    try {
      goal = Math.max(goal, position.offset);
      if (checkpoint.cursor.offset < store.tail) await remember(mirror);
      mirror.dispose();
      mirror = undefined;
      position = checkpoint.cursor;
    } catch (error) {
      fail(error);
    }
  }

  /** Runs `use` on a mirror that has parsed up to the goal; tries again after a failure, a few times. */
  async function withMirror<T>(use: (current: Mirror) => Promise<T> | T): Promise<T> {
    for (let [failures, losses] = [0, 0]; ; ) {
      try {
        let current = await awake();
        while (
          !isDisposed &&
          store.read(position, 4, Math.max(goal, position.offset))?.records.length !== 0
        ) {
          await parsePiece();
          current = await awake();
        }
        return await use(current);
      } catch (error) {
        if (isDisposed) throw error;
        if (error instanceof MirrorLost && error.isOwn) hang(error);
        else fail(error);
        if (error instanceof MirrorLost && !error.isOwn) losses += 1;
        else failures += 1;
        if (failures >= MAX_FAILURES || losses >= MAX_LOSSES) throw error;
      }
    }
  }

  return {
    get position() {
      return position;
    },
    get isAsleep() {
      return mirror === undefined;
    },
    get memoryBytes() {
      return checkpoint.data?.length ?? 0;
    },
    advance(offset) {
      goal = Math.max(goal, offset);
      advancing ??= inTurn(() => {
        advancing = undefined;
        return withMirror(() => undefined);
      });
      return advancing;
    },
    snapshot(offset, historyLines) {
      goal = Math.max(goal, offset);
      return inTurn(async () => {
        await widen(historyLines);
        return withMirror(async (current) => {
          const cursor = position;
          return { ...(await current.snapshot({ historyLines })), offset: cursor.offset, cursor };
        });
      });
    },
    sleep(offset) {
      goal = Math.max(goal, offset);
      return inTurn(async () => {
        if (!mirror && position.offset >= goal && checkpoint.cursor.marks === store.end().marks) return;
        await withMirror(remember);
        mirror?.dispose();
        mirror = undefined;
      });
    },
    dispose() {
      isDisposed = true;
      mirror?.dispose();
      mirror = undefined;
    },
  };
}
