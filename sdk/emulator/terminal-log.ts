import { createGroundTracker, type GroundTracker } from "./ground-tracker.ts";
import { createLaggingMirror, type MirrorBeginning } from "./lagging-mirror.ts";
import type { Mirror, MirrorSnapshot } from "./mirror-contract.ts";
import { createRecordStore, type RecordSlice } from "./record-store.ts";
import type { ExitInfo, TerminalCursor } from "./terminal-record.ts";

const KIB = 1024;

export interface TerminalLogOptions {
  epoch: string;
  cols: number;
  rows: number;
  /** Begins with a state instead of a blank terminal, at its offset. */
  start?: MirrorSnapshot;
  /** Bytes kept before the oldest go to the mirror. Default 1 MiB. */
  ringBytes?: number;
  /** Of these, what is never given up: deltas reach back at least so far. Default 256 KiB, 7/8 of the ring at most. */
  deltaBytes?: number;
  /** Without it nothing is parsed and there are no snapshots: the oldest bytes are gone. */
  createMirror?: (start: MirrorBeginning) => Mirror;
  /** Lines the emulator keeps above the screen, until a snapshot is asked for with more. Default 1,000. */
  scrollback?: number;
  /** What it keeps then, at most. Default 10,000. */
  maxScrollback?: number;
  /** Bytes parsed between two states kept for a mirror that fails. Default 8 MiB. */
  checkpointBytes?: number;
  /** Packs what is kept of an idle terminal, for example deflate. Default: as it is. */
  pack?: (bytes: Uint8Array) => Uint8Array;
  unpack?: (bytes: Uint8Array) => Uint8Array;
  /** A mirror failed. `lostBytes`: the state is exact again for what is 0, nearly right otherwise. */
  onError?: (error: unknown, lostBytes: number) => void;
}

export interface LogSnapshot extends MirrorSnapshot {
  /** Where to read on. */
  readonly cursor: TerminalCursor;
}

/**
 * A terminal's records by absolute offset. The newest are kept; the oldest go, at places that stand alone, to a
 * mirror that lags behind and is asked only for snapshots: so its state is never in the middle of a sequence, and
 * what nobody needs is never parsed.
 */
export interface TerminalLog {
  readonly epoch: string;
  /** Bytes since the terminal's start. */
  readonly head: number;
  /** Oldest offset kept. */
  readonly tail: number;
  /** Size at the head. */
  readonly cols: number;
  readonly rows: number;
  readonly exited: ExitInfo | undefined;
  /** Bytes kept over the bound because the mirror lags: pause the owner when they are many. */
  readonly backlogBytes: number;
  readonly memoryBytes: number;
  readonly isHibernated: boolean;
  /** Takes sanitised bytes and returns the new head. Throws after the exit. */
  append(bytes: Uint8Array): number;
  resize(cols: number, rows: number): void;
  exit(info: ExitInfo): void;
  /** The place before whatever comes at `offset`. */
  cursorAt(offset: number): TerminalCursor;
  /** The place after everything. */
  end(): TerminalCursor;
  /**
   * Records from a place or offset on, with at most `maxBytes` (4 or more) of data; data is cut at characters and at
   * resizes. Undefined when they are not kept.
   */
  read(from: number | TerminalCursor, maxBytes: number): RecordSlice | undefined;
  /** Whether the bytes from `offset` on are kept and no resize lies among them. */
  canDelta(offset: number): boolean;
  /** The state at the last place that stands alone. Calls for the same history at the same time share one. */
  snapshot(options: { historyLines: number }): Promise<LogSnapshot>;
  /** Once output has stopped: parses much that was only looked at, so that the next snapshot need not. */
  settle(): Promise<void>;
  /** Parses up to the last place that stands alone, for a mirror that answers queries. */
  catchUp(): Promise<void>;
  /** Resolves when nothing is kept over the bound any more. */
  whenDrained(): Promise<void>;
  /** Packs everything; the next use unpacks what it needs. */
  hibernate(): Promise<void>;
  /** Waiting snapshots are rejected. */
  dispose(): void;
}

/** Parsed in about 5 ms: so much may wait for a snapshot. */
const UNSETTLED_BYTES = 64 * KIB;
/** Kept over the bound at most, twice what an owner may have unread: then the oldest go unparsed. */
const MAX_BACKLOG = 16 * KIB * KIB;

export function createTerminalLog(options: TerminalLogOptions): TerminalLog {
  const { epoch, start, ringBytes = 1024 * KIB, createMirror, onError } = options;
  const { pack = (bytes) => bytes, unpack = (bytes) => bytes } = options;
  // Some room is left to find a good place to cut in.
  const deltaBytes = Math.min(options.deltaBytes ?? 256 * KIB, ringBytes - (ringBytes >> 3));
  /** What stays when the bound is passed: a quarter is parsed in one go. */
  const keptBytes = Math.max(deltaBytes, ringBytes - (ringBytes >> 2));
  const markBytes = Math.max(1, ringBytes >> 6);
  let { cols, rows } = start ?? options;
  const store = createRecordStore(start?.offset ?? 0);
  const tracker = trackerAfter(start);
  /** Places that stand alone, a few of them, oldest first. */
  let grounds: number[] = [tracker.ground];
  let exited: ExitInfo | undefined;
  /** Where it was when somebody last looked: an emulator that is awake has parsed about so far. */
  let settledTo = store.head;
  const flights = new Map<number, Promise<LogSnapshot>>();
  const mirror =
    createMirror &&
    createLaggingMirror({
      store,
      createMirror,
      start: start ?? { cols, rows },
      size: () => ({ cols, rows }),
      scrollback: options.scrollback ?? 1_000,
      maxScrollback: options.maxScrollback ?? 10_000,
      checkpointBytes: options.checkpointBytes ?? 8 * KIB * KIB,
      pack,
      unpack,
      onError: (error, lostBytes) => onError?.(error, lostBytes),
      onAdvance: () => evict(),
    });

  function backlog(): number {
    return Math.max(0, store.head - store.tail + store.markBytes - ringBytes);
  }

  /** Where to cut so that `bytes` stay: a place that stands alone, unless one sequence alone fills the ring. */
  function cutFor(bytes: number): number {
    const { head, tail, markBytes: marks } = store;
    const wanted = Math.max(tail, head - Math.max(0, bytes - marks));
    const lowest = Math.max(tail, head - Math.max(0, ringBytes - marks));
    return grounds.findLast((at) => at <= wanted && at >= lowest) ?? store.characterBefore(wanted);
  }

  function dropTo(offset: number): void {
    store.evict(offset);
    grounds = grounds.filter((at) => at >= store.tail);
  }

  function evict(): void {
    const over = backlog();
    if (over === 0) return;
    const cut = cutFor(keptBytes);
    if (!mirror || mirror.position.offset >= cut || over > MAX_BACKLOG) {
      dropTo(cut);
    } else {
      dropTo(mirror.position.offset);
      // Failures are reported by the mirror itself; the next append tries again.
      mirror.advance(cut).catch(() => undefined);
    }
  }

  async function takeSnapshot(historyLines: number): Promise<LogSnapshot> {
    if (!mirror) throw new Error("This terminal log has no emulator to take a snapshot of");
    settledTo = store.head;
    return mirror.snapshot(tracker.ground, historyLines);
  }

  return {
    epoch,
    get head() {
      return store.head;
    },
    get tail() {
      return store.tail;
    },
    get cols() {
      return cols;
    },
    get rows() {
      return rows;
    },
    get exited() {
      return exited;
    },
    get backlogBytes() {
      return backlog();
    },
    get memoryBytes() {
      return store.memoryBytes + (mirror?.memoryBytes ?? 0);
    },
    get isHibernated() {
      return store.isPacked && (mirror?.isAsleep ?? true);
    },
    append(bytes) {
      if (exited) throw new Error("The terminal has exited: nothing can follow");
      for (let at = 0; at < bytes.length; at += markBytes) {
        const part = bytes.subarray(at, at + markBytes);
        store.append(part);
        const ground = tracker.feed(part);
        if (ground - (grounds.at(-1) ?? 0) >= markBytes) grounds.push(ground);
      }
      evict();
      return store.head;
    },
    resize(newCols, newRows) {
      if (exited || (newCols === cols && newRows === rows)) return;
      cols = newCols;
      rows = newRows;
      store.mark({ kind: "resize", offset: store.head, cols, rows });
      evict();
    },
    exit(info) {
      if (exited) return;
      exited = info;
      store.mark({ kind: "exit", offset: store.head, ...info });
    },
    cursorAt: store.cursorAt,
    end: store.end,
    read: (from, maxBytes) => store.read(typeof from === "number" ? store.cursorAt(from) : from, maxBytes),
    canDelta: (offset) => offset >= store.tail && offset <= store.head && !store.hasResizeAfter(offset),
    snapshot({ historyLines }) {
      const flying = flights.get(historyLines);
      if (flying) return flying;
      const flight = takeSnapshot(historyLines).finally(() => flights.delete(historyLines));
      flights.set(historyLines, flight);
      return flight;
    },
    async settle() {
      // One that sleeps is not woken: what nobody needs is never parsed.
      if (!mirror || mirror.isAsleep || store.head - settledTo < UNSETTLED_BYTES) return;
      await takeSnapshot(0);
    },
    async catchUp() {
      await mirror?.advance(tracker.ground);
    },
    async whenDrained() {
      for (let tail = -1; backlog() > 0 && mirror && store.tail !== tail; evict()) {
        tail = store.tail;
        await mirror.advance(cutFor(keptBytes));
      }
    },
    async hibernate() {
      await mirror?.sleep(tracker.ground);
      if (mirror) dropTo(Math.min(cutFor(deltaBytes), mirror.position.offset));
      store.pack(pack, unpack);
    },
    dispose() {
      mirror?.dispose();
    },
  };
}

/** A state may be one in the middle of a sequence: the tracker sees how it ends. */
function trackerAfter(start: MirrorSnapshot | undefined): GroundTracker {
  if (!start) return createGroundTracker();
  const bytes = new TextEncoder().encode(start.data);
  const tracker = createGroundTracker(start.offset - bytes.length);
  tracker.feed(bytes);
  return tracker;
}
