import { type Extensible, INTERNALS } from "../connection/internals.ts";
import { installEmulatorGuards } from "../emulator/guards.ts";
import { swallowQueries } from "../emulator/queries.ts";
import { HoldfastError, isHoldfastError } from "../errors.ts";
import { createCell, type Source } from "../util/source.ts";
import { bytesOf } from "./bytes.ts";
import type { FeedMember, StreamPosition } from "./feed.ts";
import { feedOf } from "./feeds.ts";
import { createInputQueue } from "./input-queue.ts";
import { createScreen } from "./screen.ts";
import type { TerminalLike } from "./terminal-like.ts";
import { unpack } from "./unpack.ts";
import { createWatchdog } from "./watchdog.ts";

export interface AttachOptions {
  readonly sessionId: string;
  /** An xterm.js 6 terminal; it takes the size of the shared one. */
  readonly terminal: TerminalLike;
  /** Default false. The server refuses viewers' and read-only terminals' input in any case. */
  readonly readOnly?: boolean;
  /** `auto`: output only while the session is focused, caught up when it gains focus. Default `live`. */
  readonly priority?: "live" | "auto";
  /** Lines of scrollback in a snapshot, 0–10,000; default 1,000. */
  readonly history?: number;
}

export interface AttachmentState {
  readonly status: "attaching" | "live" | "catching-up" | "owner-lost" | "exited" | "refused";
  /** Bytes of the stream that are on the screen. */
  readonly offset: number;
  /** Bytes known to exist that are not on the screen yet. */
  readonly lagBytes: number;
  readonly exitCode?: number | null;
  /** Why it is `refused`. */
  readonly error?: HoldfastError;
  /** UTF-16 units typed and not taken by the shell yet; typed while away, they wait 10 s. */
  readonly pendingInput: number;
  /** UTF-16 units given up because the way was closed for longer than that. */
  readonly droppedInput: number;
}

export interface Attachment extends Source<AttachmentState> {
  /** Types text, as the keyboard would; one call is never split by another's input. */
  write(text: string): void;
  /** Asks for another size, now or when the server is reached again; who decides is the terminal's policy. */
  resize(cols: number, rows: number): void;
  /** Leaves the emulator as it is, with nothing of ours on it. Done by itself when the terminal or the client is gone. */
  detach(): void;
}

const WEDGED = "The emulator stopped in the middle of what it was given.";
const WHY_WEDGED =
  "Look for a parser handler of the application that throws or never settles; the screen is being restored.";
/** Below this the screen counts as current. */
const LIVE_LAG_BYTES = 64 * 1_024;

/**
 * Shows a session's terminal in xterm.js and keeps it exact over reconnects: by the missed bytes while the server
 * has them, else by a snapshot of the whole emulator.
 * @example const attachment = attachTerminal(client, { sessionId: "s1", terminal: xterm })
 */
export function attachTerminal(client: Extensible, options: AttachOptions): Attachment {
  const { sessionId, terminal, readOnly = false } = options;
  const internals = client[INTERNALS];
  const link = internals.link("/terminal");
  const viewerId = internals.createId();
  const cell = createCell<AttachmentState>(
    { status: "attaching", offset: 0, lagBytes: 0, pendingInput: 0, droppedInput: 0 },
    internals.onError,
  );
  let traced = "";
  cell.subscribe(() => {
    const { status, offset, lagBytes } = cell.getSnapshot();
    if (status === traced) return;
    traced = status;
    internals.record("terminal", status, { sessionId, offset, lagBytes });
  });
  let position: StreamPosition | undefined;
  let parsed: StreamPosition | undefined;
  let head = 0;
  /** The program is gone; an exit for want of its owner may yet be taken back. */
  let hasEnded = false;
  let isDetached = false;
  /** The size asked for last; `again` once a server took it, which forgets it with the connection. */
  let wish: { readonly cols: number; readonly rows: number; readonly again?: true } | undefined;

  const show = (change: Partial<AttachmentState>): void => {
    if (!isDetached) cell.set({ ...cell.getSnapshot(), ...change });
  };
  const progress = (): void => {
    const offset = parsed?.epoch === position?.epoch ? (parsed?.offset ?? 0) : 0;
    const lagBytes = Math.max(0, head - offset);
    const { status } = cell.getSnapshot();
    const moves = status === "live" || status === "catching-up";
    show({
      offset,
      lagBytes,
      ...(moves && link.up ? { status: lagBytes > LIVE_LAG_BYTES ? "catching-up" : "live" } : {}),
    });
  };
  /** Queues bytes that end at `offset`. */
  const take = (end: StreamPosition, put: () => void): void => {
    position = end;
    head = Math.max(head, end.offset);
    put();
    watchdog.wake();
    progress();
  };

  const unpacked = (bytes: Uint8Array): Promise<Uint8Array> =>
    unpack(bytes).catch((error: unknown) => {
      feed.refusePacked();
      throw error;
    });

  const screen = createScreen({
    terminal,
    onParsed(end) {
      parsed = end;
      feed.progressed();
      progress();
    },
    onError: internals.onError,
  });
  const watchdog = createWatchdog({
    screen,
    schedule: internals.schedule,
    onStartedOver() {
      internals.onError(
        new HoldfastError("INTERNAL", WEDGED, { remedy: WHY_WEDGED, details: { sessionId } }),
      );
      position = undefined;
      parsed = undefined;
      if (!hasEnded) show({ status: "catching-up" });
      feed.restart();
    },
    onLost() {
      const remedy = "Detach, create another xterm.js Terminal and attach that.";
      const error = new HoldfastError("INTERNAL", WEDGED, { remedy, details: { sessionId } });
      internals.onError(error);
      show({ status: "refused", error });
      detach();
    },
  });
  const input = createInputQueue({
    send: (text, inputSeq) =>
      link.request("terminal:input", { sessionId, input: text, inputSeq, viewerId }, { timeoutMs: 15_000 }),
    now: internals.now,
    schedule: internals.schedule,
    onChange: ({ pending, dropped }) => show({ pendingInput: pending, droppedInput: dropped }),
    onRefused: internals.onError,
  });

  /** It lives, as far as is known: what made it otherwise is over. */
  const revive = (): void => {
    if (hasEnded || isDetached) return;
    const { error: _, exitCode: __, ...rest } = cell.getSnapshot();
    cell.set({ ...rest, status: "live" });
    progress();
  };
  /** Another shell than before, if there was one. */
  const begin = (epoch: string): void => {
    head = 0;
    hasEnded = false;
    if (position === undefined) return;
    revive();
    if (link.up !== undefined) input.connected(epoch);
  };

  const member: FeedMember = {
    position: () => position,
    parsed: () => parsed,
    screen({ epoch, offset, cols, rows, scrollback, packed }, isReset) {
      const isSame = position?.epoch === epoch;
      if (isSame && position !== undefined && screen.isSized(cols, rows)) {
        // A reset of the place where we are brings the history that a shorter one left out.
        if (position.offset > offset || (position.offset === offset && !isReset)) return;
      }
      if (!isSame) begin(epoch);
      screen.resize(cols, rows);
      const bytes = bytesOf(scrollback);
      const at = { epoch, offset };
      take(at, () => screen.restore(packed ? unpacked(bytes) : bytes, at));
    },
    delta({ epoch, from, cols, rows, scrollback }) {
      // A resize right where we are is not among the bytes: it shows only in the size.
      if (position?.epoch === epoch && from <= position.offset) screen.resize(cols, rows);
      member.output({ sessionId, epoch, offset: from, data: scrollback });
    },
    output(record) {
      const { epoch, offset, data } = record;
      if (position === undefined || position.epoch !== epoch || offset > position.offset) {
        return feed.resync(member, () => member.output(record));
      }
      const bytes = bytesOf(data);
      const end = offset + bytes.length;
      if (end <= position.offset) return;
      const fresh = bytes.subarray(position.offset - offset);
      const at = { epoch, offset: end };
      take(at, () => screen.write(fresh, at));
    },
    resized(record) {
      const { epoch, offset, cols, rows } = record;
      if (position === undefined || position.epoch !== epoch || offset > position.offset) {
        feed.resync(member, () => member.resized(record));
      } else if (offset === position.offset) screen.resize(cols, rows);
    },
    exit(record) {
      const { exitCode, reason, epoch = position?.epoch, offset = position?.offset ?? 0 } = record;
      if (reason === "server_shutdown") return;
      if (position === undefined || position.epoch !== epoch || offset > position.offset) {
        return feed.resync(member, () => member.exit(record));
      }
      hasEnded = reason !== "owner_disconnected";
      show({ status: "exited", exitCode });
    },
    activity({ epoch, offset }) {
      if (position?.epoch !== epoch) return;
      head = Math.max(head, offset);
      progress();
      show({ status: "catching-up" });
    },
    owner(status) {
      if (status === "lost") show({ status: "owner-lost" });
      else revive();
    },
    watching(epoch) {
      input.connected(epoch);
      askSize();
      revive();
    },
    interrupted() {
      input.connected(undefined);
      if (!hasEnded) {
        show({ status: position === undefined ? "attaching" : "catching-up" });
      }
    },
    refused(error) {
      // A terminal that ended is not kept for ever; what it showed last stays.
      if (hasEnded) return;
      // A server that was restarted does not know a terminal until its owner is back.
      const isAwaited = position !== undefined && error.code === "NOT_FOUND";
      show(isAwaited ? { status: "owner-lost" } : { status: "refused", error });
    },
  };

  const feed = feedOf(link, sessionId, { ...internals, ...options });
  const queries = swallowQueries(terminal);
  // A terminal that is disposed takes its attachment with it.
  const whenDisposed = { activate() {}, dispose: () => detach() };
  terminal.loadAddon(whenDisposed);
  const installed = [installEmulatorGuards(terminal), queries, whenDisposed];
  if (!readOnly) {
    const type = (data: string): void => {
      if (!queries.isAnswer(data)) input.type(data);
    };
    // Mouse reports above column 95 in the X10 encoding come as a "binary string".
    installed.push(terminal.onData(type), terminal.onBinary(type));
  }
  const leave = feed.join(member);

  const askSize = (): void => {
    const asked = wish;
    if (asked === undefined || link.up === undefined) return;
    link.request("terminal:resize", { sessionId, ...asked }).then(
      () => {
        if (wish === asked) wish = { ...asked, again: true };
      },
      (error: unknown) => {
        // Read-only. Anything else passes, and is asked for again with the next watch.
        if (wish === asked && isHoldfastError(error) && error.code === "FORBIDDEN") wish = undefined;
      },
    );
  };
  const resize = (cols: number, rows: number): void => {
    wish = { cols, rows };
    askSize();
  };
  const detach = (): void => {
    if (isDetached) return;
    isDetached = true;
    internals.record("terminal", "detached", { sessionId });
    internals.closed.removeEventListener("abort", detach);
    leave();
    watchdog.dispose();
    screen.dispose();
    input.dispose();
    for (const one of installed) one.dispose();
  };
  internals.closed.addEventListener("abort", detach);

  return {
    getSnapshot: cell.getSnapshot,
    subscribe: cell.subscribe,
    write: (text) => input.type(text),
    resize,
    detach,
  };
}
