import type { TerminalWatch } from "../../../sdk/protocol/index.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Peer } from "../ports/peer.ts";
import { type Credit, createCredit } from "./credit.ts";
import { encodeData, wholeCharacters } from "./encoding.ts";
import type { Frame, Frames } from "./frames.ts";
import type { Size } from "./size.ts";
import type { Stream } from "./stream.ts";
import type { Cursor, StreamSnapshot } from "./stream-records.ts";
import type { TerminalLimits } from "./terminal-limits.ts";
import type { ViewerSink } from "./viewer-sink.ts";

/** A slow viewer is brought forward once what waits for it would take this long. */
const LATE_MS = 1_000;
/** Less room than this is not worth a frame while more is waiting. */
const LEAST_BYTES = 4 * 1024;
/** An emulator that failed is asked again after so long. */
const RETRY_MS = 1_000;

export interface ViewerOptions extends Pick<TerminalWatch, "encoding" | "history" | "priority"> {
  readonly window?: number | undefined;
  readonly sink: ViewerSink;
  /** Set when the sink is a socket: viewers at one place share a multicast. */
  readonly peer?: Peer;
  /** A viewer that never acked is paced by what its socket drains, and gets snapshots as ordinary output. */
  readonly pacedBy: "acks" | "socket";
}

export interface ViewerDeps {
  readonly clock: Clock;
  readonly limits: TerminalLimits;
  readonly log: Log;
  /** Whether a viewer of priority `auto` gets output now. */
  isFocused(): boolean;
  /** The viewer can take more: give it what there is. */
  wake(viewer: Viewer): void;
}

/**
 * One viewer's place in a stream.
 *
 *   opening ──open──▶ streaming ◀──snapshot sent── skipping
 *                     │   ▲  └──────too far behind────▲
 *                exit told └─revive, restart─ ended         any ──close──▶ closed
 *
 * It never holds output: what it has not been sent stays in the log, and a viewer too far behind is brought forward
 * by a snapshot once it has acked enough to see it soon. `next` says what to send, the delivery sends it.
 */
export interface Viewer {
  readonly options: ViewerOptions;
  readonly isOpen: boolean;
  readonly isClosed: boolean;
  /** Whether activity stands for output now. */
  readonly isIdle: boolean;
  readonly hasEnded: boolean;
  /** The frame to send now, if any; the place moves as if it was sent. */
  next(frames: Frames): Frame | undefined;
  /** Reads `stream` from `at` on; what brought the viewer there took `bytes`. */
  place(stream: Stream, at: Cursor, size: Size, bytes: number): void;
  /** Lets output follow once the answer to the watch is out. */
  openSoon(onOpen: () => void): void;
  /** The stream is another one: a snapshot of it comes before anything else. */
  restart(stream: Stream): void;
  acked(epoch: string, offset: number): void;
  /** The exit that was told did not hold. */
  revive(): void;
  close(): void;
}

export function createViewer(sessionId: string, options: ViewerOptions, deps: ViewerDeps): Viewer {
  const { clock, limits } = deps;
  const { sink, encoding, history } = options;
  const gate = options.pacedBy === "socket" ? limits.frameBytes : limits.unsentHigh;
  let phase: "opening" | "streaming" | "skipping" | "ended" | "closed" = "opening";
  let stream: Stream | undefined;
  let cursor: Cursor = { offset: 0, marks: 0 };
  let size: Size = { cols: 0, rows: 0 };
  /** The beginning of a character, which a string cannot carry: at most three bytes. */
  let carry: Uint8Array = new Uint8Array(0);
  /** Absent: paced by what the socket drains. */
  let credit: Credit | undefined;
  let mustReset = false;
  let isBlocked = false;
  let isDraining = false;
  let retryAt = 0;
  let cancelTimer: (() => void) | undefined;

  const position = (): number => cursor.offset - carry.length;
  const isIdle = (): boolean => options.priority === "auto" && !deps.isFocused();

  const stopTimer = (): void => {
    cancelTimer?.();
    cancelTimer = undefined;
  };
  const wakeIn = (delayMs: number, before?: () => void): void => {
    cancelTimer ??= clock.schedule(delayMs, () => {
      cancelTimer = undefined;
      before?.();
      deps.wake(viewer);
    });
  };

  const waitDrained = (): void => {
    if (isDraining) return;
    isDraining = true;
    sink.whenDrained(() => {
      isDraining = false;
      if (phase !== "closed") deps.wake(viewer);
    });
  };

  /** An ack wakes the viewer; so does silence, where only the lower bound is in the way. */
  const waitCredit = (): void => {
    isBlocked = true;
    const waited = credit;
    if (waited?.canRelax()) wakeIn(waited.stallMs, waited.relax);
  };

  const isBehind = ({ log }: Stream): boolean => {
    if (cursor.offset < log.start) return true;
    const waiting = log.end - cursor.offset;
    const cost = log.snapshotBytes(history);
    if (credit === undefined) return waiting > limits.windowDefault + cost;
    const lag = waiting + credit.unacked();
    return lag > credit.window + cost || (waiting > cost && (credit.drainMs(lag) ?? 0) > LATE_MS);
  };

  const move = (to: Stream, at: Cursor, toSize: Size): void => {
    stream = to;
    cursor = at;
    size = toSize;
    carry = new Uint8Array(0);
    mustReset = false;
  };

  const newCredit = (): Credit => createCredit(limits, clock.now, options.window ?? limits.windowDefault);

  const sendSnapshot = (
    { epoch }: Stream,
    { at: { offset }, size: { cols, rows }, data }: StreamSnapshot,
  ): void => {
    const scrollback = encodeData(data, encoding);
    if (credit !== undefined) {
      sink.send("terminal:reset", { sessionId, cols, rows, epoch, offset, scrollback });
      return;
    }
    const isResized = cols !== size.cols || rows !== size.rows;
    if (isResized) sink.send("terminal:resized", { sessionId, epoch, offset, cols, rows });
    sink.send("terminal:output", { sessionId, epoch, offset, data: scrollback });
  };

  const skip = (to: Stream): void => {
    phase = "skipping";
    isBlocked = false;
    stopTimer();
    const isCurrent = (): boolean => phase === "skipping" && stream === to;
    to.log.snapshot(history).then(
      (snapshot) => {
        if (!isCurrent()) return;
        phase = "streaming";
        sendSnapshot(to, snapshot);
        if (mustReset && credit !== undefined) credit = newCredit();
        move(to, snapshot.at, snapshot.size);
        credit?.jumped(snapshot.at.offset, snapshot.data.length);
        deps.wake(viewer);
      },
      (error: unknown) => {
        if (!isCurrent()) return;
        deps.log.error({ sessionId, error }, "no snapshot of a terminal");
        phase = "streaming";
        retryAt = clock.now() + RETRY_MS;
        wakeIn(RETRY_MS);
      },
    );
  };

  const take = (frames: Frames, bytes: Uint8Array, next: Cursor, more: boolean): Frame | undefined => {
    const offset = position();
    const whole = carry.length === 0 ? bytes : join(carry, bytes);
    const length = encoding === "utf8" ? wholeCharacters(whole) : whole.length;
    cursor = next;
    carry = whole.slice(length);
    if (length === 0) return undefined;
    credit?.sent(position(), more);
    return frames.output(encoding, offset, whole.subarray(0, length));
  };

  const next = (frames: Frames): Frame | undefined => {
    const from = stream;
    if (phase !== "streaming" || from === undefined || clock.now() < retryAt) return undefined;
    if (mustReset) return void skip(from);
    if (isIdle()) return undefined;
    for (;;) {
      if (sink.unsentBytes() >= gate) return void waitDrained();
      if (isBehind(from)) return void (credit === undefined || credit.canSkip() ? skip(from) : waitCredit());
      const room = credit?.room() ?? limits.frameBytes;
      const piece = from.log.read(cursor, Math.max(1, Math.min(limits.frameBytes, room) - carry.length));
      if (piece === undefined) {
        if (from.exit === undefined) return undefined;
        phase = "ended";
        return frames.exit(position(), from.exit);
      }
      if (piece.kind === "resize") {
        cursor = piece.next;
        size = piece.size;
        return frames.resized(position(), size);
      }
      const waiting = from.log.end - cursor.offset;
      if (room < Math.min(waiting, LEAST_BYTES)) return void waitCredit();
      const frame = take(frames, piece.bytes, piece.next, waiting > piece.bytes.length);
      // No frame: nothing but the beginning of a character, so look on.
      if (frame !== undefined) return frame;
    }
  };

  const viewer: Viewer = {
    options,
    next,
    get isOpen() {
      return phase !== "opening" && phase !== "closed";
    },
    get isClosed() {
      return phase === "closed";
    },
    get isIdle() {
      return phase === "streaming" && isIdle();
    },
    get hasEnded() {
      return phase === "ended";
    },
    place(to, at, toSize, bytes) {
      move(to, at, toSize);
      credit = options.pacedBy === "socket" ? undefined : newCredit();
      credit?.attached(at.offset, bytes);
    },
    openSoon(onOpen) {
      // Whoever answers does so before any timer runs.
      cancelTimer = clock.schedule(0, () => {
        cancelTimer = undefined;
        if (phase === "opening") phase = "streaming";
        onOpen();
        deps.wake(viewer);
      });
    },
    restart(to) {
      if (phase === "closed") return;
      stream = to;
      mustReset = true;
      retryAt = 0;
      if (phase === "opening") return;
      stopTimer();
      phase = "streaming";
    },
    acked(epoch, offset) {
      if (stream?.epoch !== epoch || mustReset || phase === "closed") return;
      if (credit === undefined) {
        credit = newCredit();
        credit.attached(Math.min(offset, position()), 0);
        credit.sent(position(), false);
      } else credit.acked(offset);
      if (!isBlocked) return;
      isBlocked = false;
      stopTimer();
      deps.wake(viewer);
    },
    revive() {
      if (phase === "ended") phase = "streaming";
    },
    close() {
      phase = "closed";
      stopTimer();
    },
  };
  return viewer;
}

function join(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}
