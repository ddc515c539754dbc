import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import { type Credit, createCredit } from "./credit.ts";
import { scrollbackOf } from "./encoding.ts";
import type { Frame, Frames } from "./frames.ts";
import { createReader } from "./reader.ts";
import { type Size, sameSize } from "./size.ts";
import type { Stream } from "./stream.ts";
import type { Cursor, StreamSnapshot } from "./stream-records.ts";
import type { TerminalLimits } from "./terminal-limits.ts";
import type { ViewerOptions } from "./viewer-options.ts";

/** A slow viewer is brought forward once what waits for it would take this long. */
const LATE_MS = 1_000;
/** One that has it all this soon is not: a snapshot takes about as long to make, and much more work. */
const SOON_MS = 50;
/** A snapshot that takes a slow viewer longer than this, while output goes on, is of the screen alone. */
const LONG_MS = 250;
/** Output has stopped for so long: what a short snapshot left out is worth sending. */
const QUIET_MS = 100;
/** An emulator that failed is asked again after so long. */
const RETRY_MS = 1_000;

export interface ViewerDeps {
  readonly clock: Clock;
  readonly limits: TerminalLimits;
  readonly log: Log;
  /** Whether a viewer of priority `auto` gets output now. */
  isFocused(): boolean;
  /** How long there has been no output. */
  quietMs(): number;
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
  /** Its watch was answered: it may be told that the terminal is no more. */
  readonly isAnswered: boolean;
  readonly isClosed: boolean;
  /** Whether activity stands for output now. */
  readonly isIdle: boolean;
  readonly hasEnded: boolean;
  /** Bytes of the stream it has not acked; of one that never acks, not been sent; 0 while it wants none. */
  readonly lagBytes: number;
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
  const reader = createReader(encoding);
  let phase: "opening" | "streaming" | "skipping" | "ended" | "closed" = "opening";
  let stream: Stream | undefined;
  /** Absent: paced by what the socket drains. */
  let credit: Credit | undefined;
  /** Offset up to which it has acked. */
  let seen = 0;
  let isAnswered = false;
  let mustReset = false;
  /** The last snapshot was of the screen alone. */
  let isShort = false;
  let isBlocked = false;
  let isDraining = false;
  let retryAt = 0;
  let cancelTimer: (() => void) | undefined;

  const isIdle = (): boolean => options.priority === "auto" && !deps.isFocused();
  const newCredit = (): Credit => createCredit(limits, clock.now, options.window ?? limits.windowDefault);

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
    if (waited?.canRelax()) wakeIn(waited.silenceMs, waited.relax);
  };

  /** Lines of history for a snapshot now: none where all of them would keep a slow viewer from the present. */
  const linesNow = ({ log, exit }: Stream): number => {
    if (exit !== undefined || mustReset || deps.quietMs() >= QUIET_MS) return history;
    return (credit?.drainMs(log.snapshotBytes(history)) ?? 0) > LONG_MS ? 0 : history;
  };

  const isBehind = (from: Stream): boolean => {
    const { log } = from;
    if (!reader.isKept(log)) return true;
    const waiting = reader.waiting(log);
    const cost = log.snapshotBytes(linesNow(from));
    if (credit === undefined) return waiting > limits.windowDefault + cost;
    const lag = waiting + credit.unacked();
    const drainMs = credit.drainMs(lag);
    if (drainMs === undefined) return lag > credit.window + cost;
    return drainMs > LATE_MS ? waiting > cost : drainMs > SOON_MS && lag > credit.window + cost;
  };

  const sendSnapshot = ({ epoch }: Stream, snapshot: StreamSnapshot): void => {
    const { size } = snapshot;
    const { offset } = snapshot.at;
    const sent = scrollbackOf(snapshot, encoding);
    if (credit !== undefined) {
      sink.send("terminal:reset", { sessionId, ...size, epoch, offset, ...sent });
      return;
    }
    if (!sameSize(size, reader.size)) sink.send("terminal:resized", { sessionId, epoch, offset, ...size });
    sink.send("terminal:output", { sessionId, epoch, offset, data: sent.scrollback });
  };

  const take = (from: Stream, snapshot: StreamSnapshot, lines: number): void => {
    sendSnapshot(from, snapshot);
    reader.move(snapshot.at, snapshot.size);
    if (mustReset && credit !== undefined) credit = newCredit();
    mustReset = false;
    isShort = lines < history;
    credit?.jumped(snapshot.at.offset, snapshot.data.length);
  };

  const skip = (to: Stream): void => {
    if (credit !== undefined && !mustReset && !credit.canSkip()) {
      waitCredit();
      return;
    }
    const lines = linesNow(to);
    phase = "skipping";
    isBlocked = false;
    stopTimer();
    const isCurrent = (): boolean => phase === "skipping" && stream === to;
    to.log.snapshot(lines, options.packed).then(
      (snapshot) => {
        if (!isCurrent()) return;
        phase = "streaming";
        take(to, snapshot, lines);
        deps.wake(viewer);
      },
      (error: unknown) => {
        if (!isCurrent()) return;
        deps.log.error({ sessionId, err: error }, "no snapshot of a terminal");
        phase = "streaming";
        retryAt = clock.now() + RETRY_MS;
        wakeIn(RETRY_MS);
      },
    );
  };

  /** Nothing is waiting: time for what a short snapshot left out, then for the exit. */
  const atEnd = (from: Stream, frames: Frames): Frame | undefined => {
    if (isShort) {
      const quietMs = deps.quietMs();
      if (from.exit === undefined && quietMs < QUIET_MS) return void wakeIn(QUIET_MS - quietMs);
      return void skip(from);
    }
    if (from.exit === undefined) return undefined;
    phase = "ended";
    return frames.exit(reader.position, from.exit);
  };

  const next = (frames: Frames): Frame | undefined => {
    const from = stream;
    if (phase !== "streaming" || from === undefined || clock.now() < retryAt) return undefined;
    if (mustReset) return void skip(from);
    if (isIdle()) return undefined;
    const { log } = from;
    for (;;) {
      if (sink.unsentBytes() >= gate) return void waitDrained();
      if (isBehind(from)) return void skip(from);
      const resized = reader.resize(log);
      if (resized !== undefined) return frames.resized(reader.position, resized);
      const waiting = reader.waiting(log);
      if (waiting === 0) return atEnd(from, frames);
      const room = credit?.room() ?? limits.frameBytes;
      // What came after a short snapshot is likely skipped as well: the line is kept free for the next one.
      if (isShort && credit?.isJumping()) return void waitCredit();
      if (credit !== undefined && room < Math.min(waiting, credit.worth())) return void waitCredit();
      const data = reader.data(log, Math.min(limits.frameBytes, room, credit?.frame() ?? room));
      if (data === undefined) {
        // Nothing but the beginning of a character: look on, if there was that.
        if (reader.waiting(log) === waiting) return undefined;
        continue;
      }
      credit?.sent(reader.position, reader.waiting(log) > 0);
      return frames.output(encoding, data.offset, data.bytes);
    }
  };

  const viewer: Viewer = {
    options,
    next,
    get isOpen() {
      return phase !== "opening" && phase !== "closed";
    },
    get isAnswered() {
      return isAnswered && phase !== "closed";
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
    get lagBytes() {
      if (stream === undefined || !viewer.isOpen || isIdle()) return 0;
      return Math.max(0, stream.log.end - (credit === undefined ? reader.position : seen));
    },
    place(to, at, size, bytes) {
      stream = to;
      mustReset = false;
      seen = at.offset;
      reader.move(at, size);
      credit = options.pacedBy === "socket" ? undefined : newCredit();
      credit?.attached(at.offset, bytes);
    },
    openSoon(onOpen) {
      isAnswered = true;
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
      if (stream?.epoch !== to.epoch) seen = to.log.start;
      stream = to;
      mustReset = true;
      retryAt = 0;
      if (phase === "opening") return;
      stopTimer();
      phase = "streaming";
    },
    acked(epoch, offset) {
      if (stream?.epoch !== epoch || mustReset || phase === "closed") return;
      seen = Math.max(seen, Math.min(offset, reader.position));
      if (credit === undefined) {
        credit = newCredit();
        credit.attached(Math.min(offset, reader.position), 0);
        credit.sent(reader.position, false);
      } else credit.acked(offset, isBlocked);
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
