import { createSanitizer } from "../../../sdk/emulator/sanitizer.ts";
import { createTerminalLog } from "../../../sdk/emulator/terminal-log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Emulator } from "./emulator.ts";
import { createHeldOutput } from "./held-output.ts";
import { createIdleTimer } from "./idle-timer.ts";
import { createResponder } from "./responder.ts";
import { type Size, sameSize } from "./size.ts";
import { createSnapshotCost } from "./snapshot-cost.ts";
import { createSnapshotPacking } from "./snapshot-packing.ts";
import type { Cursor, Piece, StreamSnapshot } from "./stream-records.ts";
import type { TerminalLimits } from "./terminal-limits.ts";
import { createWholeStream } from "./whole-stream.ts";

/** One epoch's output as the server keeps it: harmless, by absolute offset, with the state somewhere not far behind. */
export interface StreamLog {
  /** Offset after the last byte that came, also while that is still held back: what the owner sends next. */
  readonly received: number;
  /** Offset after the last byte that can be read. */
  readonly end: number;
  /** Offset of the oldest byte that can be read. */
  readonly start: number;
  /** After the last record. */
  readonly cursor: Cursor;
  /** At the end. */
  readonly size: Size;
  /** Resizes since the last byte was received. */
  readonly resizes: number;
  /** Bytes that came and were not worked into the kept state yet: pause the owner when they are many. */
  readonly unread: number;
  append(bytes: Uint8Array): void;
  /** Takes bytes that another server made harmless, as they are. */
  pass(bytes: Uint8Array): void;
  resize(size: Size): void;
  /** Lets go of bytes held back for the rest of a sequence. */
  flush(): void;
  /** The record after `from`, with about `maxBytes` of data; `undefined` at the end, or when it is not kept. */
  read(from: Cursor, maxBytes: number): Piece | undefined;
  /** Where to read on after exactly the bytes before `offset`; `undefined` when only a snapshot will do. */
  cursorAt(offset: number): Cursor | undefined;
  /**
   * With at most `history` lines of scrollback; `packed` where that can be and is worth it. Rejects when the emulator
   * failed; later calls may succeed.
   */
  snapshot(history: number, packed?: boolean): Promise<StreamSnapshot>;
  /** Bytes a snapshot is expected to take. */
  snapshotBytes(history: number): number;
  /** Snapshots under way reject. */
  dispose(): void;
}

export interface StreamLogOptions {
  readonly epoch: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: TerminalLimits;
  /** Absent: the stream itself stands for its state. */
  readonly emulator: Emulator | undefined;
  readonly size: Size;
  /** Offset of the first byte; past 0 only with the `screen` at it. */
  readonly offset: number;
  /** The state at `offset`, made by the owner. */
  readonly screen?: Uint8Array;
  /** Told when `end` moved or `unread` fell without a call having been made. */
  readonly onChange: () => void;
  /** Output was lost before it was parsed: snapshots are not exact any more. */
  readonly onLost: () => void;
  /** Set when the server answers queries: told each answer, once, in order. */
  readonly onReply?: (reply: string) => void;
}

/** Output has stopped for so long: there is time to parse what was held back. */
const QUIET_MS = 1_000;

export function createStreamLog(options: StreamLogOptions): StreamLog {
  const { clock, log, limits, emulator, offset, onChange, onReply } = options;
  let { size } = options;
  const cost = createSnapshotCost(offset);
  let isDraining = false;
  let resizes = 0;
  /** The last offset at which the size changed, and how often it did there. */
  let resized = { offset: -1, times: 0 };
  const screen = options.screen && harmless(options.screen, size);

  const onError = (error: unknown, lostBytes = 0): void => {
    log.error({ err: error, epoch: options.epoch, lostBytes }, "the emulator of a terminal failed");
    if (lostBytes > 0) options.onLost();
  };

  const onMended = (error: unknown, at: number): void =>
    log.error(
      { err: error, epoch: options.epoch, offset: at },
      "the emulator of a terminal threw and was rebuilt",
    );

  const kept = createTerminalLog({
    epoch: options.epoch,
    ...size,
    ringBytes: limits.ringBytes,
    deltaBytes: limits.deltaBytes,
    onError,
    ...(screen && { start: { offset, ...size, data: new TextDecoder().decode(screen) } }),
    scrollback: Math.min(limits.historyDefault, limits.mirrorLines),
    maxScrollback: limits.mirrorLines,
    ...(emulator && { createMirror: (start) => emulator.createMirror({ ...start, onError: onMended }) }),
    ...(emulator?.pack && { pack: (bytes) => emulator.pack?.(bytes) ?? bytes }),
    ...(emulator?.unpack && { unpack: (bytes) => emulator.unpack?.(bytes) ?? bytes }),
  });
  const whole = emulator === undefined ? createWholeStream(kept, size, screen) : undefined;
  const packing = createSnapshotPacking(emulator);
  const responder =
    emulator && onReply && createResponder(emulator, { ...size, offset }, onReply, onChange, onError);
  const idle =
    emulator && createIdleTimer(clock, limits.hibernateMs, () => void kept.hibernate().catch(onError));

  const quiet = emulator && createIdleTimer(clock, QUIET_MS, () => void kept.settle().catch(onError));

  const drain = (): void => {
    if (isDraining || kept.backlogBytes === 0 || emulator === undefined) return;
    isDraining = true;
    const drained = (): void => {
      isDraining = false;
      onChange();
    };
    // A failure is reported by the log itself, and told from the unread bytes that stay.
    kept.whenDrained().then(drained, drained);
  };

  const held = createHeldOutput(clock, limits.heldMs, size, (bytes, isLate) => {
    kept.append(bytes);
    responder?.write(bytes);
    idle?.touch();
    quiet?.touch();
    drain();
    if (isLate) onChange();
  });

  return {
    get received() {
      return kept.head + held.length;
    },
    get end() {
      return kept.head;
    },
    get cursor() {
      return kept.end();
    },
    get start() {
      return kept.tail;
    },
    get size() {
      return size;
    },
    get unread() {
      return Math.max(emulator === undefined ? 0 : kept.backlogBytes, responder?.unread ?? 0);
    },
    get resizes() {
      return resizes;
    },
    append(bytes) {
      resizes = 0;
      held.push(bytes);
    },
    pass(bytes) {
      resizes = 0;
      held.pass(bytes);
    },
    resize(next) {
      // A sequence held back takes effect with its last byte, so the resize may come before it.
      if (sameSize(size, next)) return;
      resized = { offset: kept.head, times: resized.offset === kept.head ? resized.times + 1 : 1 };
      resizes += 1;
      size = next;
      kept.resize(next.cols, next.rows);
      whole?.resized(kept.head, next);
      responder?.resize(next);
      held.resize(next);
      idle?.touch();
    },
    flush: held.flush,
    read(from, maxBytes) {
      const record = kept.read(from, Math.max(4, maxBytes))?.records[0];
      if (record === undefined || record.kind === "exit") return undefined;
      if (record.kind === "data") {
        const end = record.offset + record.bytes.length;
        return { ...record, next: { offset: end, marks: from.marks } };
      }
      const { offset: at, cols, rows } = record;
      const marks = Math.max(from.marks, kept.cursorAt(at).marks) + 1;
      return { kind: "resize", offset: at, size: { cols, rows }, next: { offset: at, marks } };
    },
    cursorAt(at) {
      if (at < kept.tail || at > kept.head || resized.offset > at) return undefined;
      // One resize right there comes out the same whether the viewer has seen it or is told its size; of several not.
      if (resized.offset === at && resized.times > 1) return undefined;
      return { offset: at, marks: kept.end().marks };
    },
    async snapshot(history, packed = false) {
      idle?.touch();
      if (whole !== undefined) return whole.snapshot();
      const made = await kept.snapshot({ historyLines: history });
      const { cursor, cols, rows, data } = made;
      cost.taken(history, cursor.offset, data.length);
      const plain = { at: cursor, size: { cols, rows }, data };
      const deflated = packed ? await packing(made) : undefined;
      return deflated === undefined ? plain : { ...plain, data: deflated, isPacked: true };
    },
    snapshotBytes(history) {
      if (whole !== undefined) return kept.head - kept.tail;
      return cost.of(history, size, kept.head);
    },
    dispose() {
      held.dispose();
      idle?.dispose();
      quiet?.dispose();
      responder?.dispose();
      kept.dispose();
    },
  };
}

function harmless(bytes: Uint8Array, size: Size): Uint8Array {
  const sanitizer = createSanitizer({ ...size });
  const free = sanitizer.push(bytes);
  const rest = sanitizer.flush();
  const whole = new Uint8Array(free.length + rest.length);
  whole.set(free);
  whole.set(rest, free.length);
  return whole;
}
