import type { Link } from "../connection/link.ts";
import { type HoldfastError, isHoldfastError } from "../errors.ts";
import type {
  TerminalActivity,
  TerminalExit,
  TerminalOutput,
  TerminalOwner,
  TerminalReset,
  TerminalResized,
  TerminalSnapshot,
  TerminalWatchAck,
} from "../protocol/index.ts";
import { canUnpack } from "./unpack.ts";

/** A place in a terminal's stream of bytes. */
export interface StreamPosition {
  readonly epoch: string;
  readonly offset: number;
}

/** One attachment, as the feed of its session sees it. Data comes as the server sent it: the member slices. */
export interface FeedMember {
  /** What was taken in; `undefined` before the first screen. */
  position(): StreamPosition | undefined;
  /** What the emulator has parsed; `undefined` before anything. */
  parsed(): StreamPosition | undefined;
  /** `isReset`: the server chose to send it; else it answers a watch, which may be another member's. */
  screen(snapshot: TerminalSnapshot, isReset: boolean): void;
  /** The bytes from `from` on, at this size throughout. */
  delta(missed: TerminalSnapshot & { readonly from: number }): void;
  output(output: TerminalOutput): void;
  resized(record: TerminalResized): void;
  exit(record: TerminalExit): void;
  activity(record: TerminalActivity): void;
  owner(status: TerminalOwner["status"]): void;
  watching(epoch: string): void;
  interrupted(): void;
  /** The server says no; it is asked again only where that may help. */
  refused(error: HoldfastError): void;
}

export interface FeedOptions {
  readonly link: Link;
  readonly sessionId: string;
  readonly priority: "live" | "auto";
  readonly history: number;
  schedule(delayMs: number, task: () => void): () => void;
  /** The last member left. */
  onEmpty(): void;
}

/**
 * Acks after 16 KiB once all that came is parsed, at every 64 KiB while more waits, and after 50 ms: often enough to
 * keep any window open, and seldom enough, since an ack costs about as much as a frame.
 */
const ACK_BYTES = 16 * 1_024;
const BUSY_ACK_BYTES = 64 * 1_024;
const ACK_MS = 50;
/** Records that wait for the answer to a watch; the server's window bounds them too. */
const MAX_HELD = 256;
/** A terminal not there yet is asked for again after 0.25 s, doubling to 4 s. */
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 4_000;

/**
 * The one watch that a client has on a session, shared by all attachments of it: the server knows a socket
 * and a session, not an attachment. Watching again from the furthest-behind member is always right, since
 * every member drops what it has and slices what overlaps.
 */
export interface Feed {
  join(member: FeedMember): () => void;
  /**
   * A member found a hole: watch again from what is there. While a watch is under way, which will close the hole,
   * `again` is called after its answer instead: what follows an answer can be heard before it.
   */
  resync(member: FeedMember, again: () => void): void;
  /** A member has lost its place, and needs a screen. */
  restart(): void;
  /** Something packed could not be unpacked: nothing is asked for so any more. */
  refusePacked(): void;
  /** A member parsed on. */
  progressed(): void;
}

export function createFeed(options: FeedOptions): Feed {
  const { link, sessionId, priority, history, schedule, onEmpty } = options;
  const members = new Set<FeedMember>();
  const off: (() => void)[] = [];
  const held: (() => void)[] = [];
  let takesPacked = canUnpack();
  let isWatching = false;
  let isReleasing = false;
  let asksAgain = false;
  let acked: StreamPosition | undefined;
  let cancelAck: (() => void) | undefined;
  let cancelRetry: (() => void) | undefined;
  let retryMs = FIRST_RETRY_MS;

  const each = (tell: (member: FeedMember) => void): void => {
    for (const member of [...members]) if (members.has(member)) tell(member);
  };

  const since = (): StreamPosition | undefined => {
    let least: StreamPosition | undefined;
    for (const member of members) {
      const position = member.position();
      if (position === undefined || (least !== undefined && least.epoch !== position.epoch)) return undefined;
      if (least === undefined || position.offset < least.offset) least = position;
    }
    return least;
  };

  const settle = (ack: TerminalWatchAck): void => {
    retryMs = FIRST_RETRY_MS;
    acked = undefined;
    each((member) => {
      if (ack.mode === "snapshot") member.screen(ack, false);
      // One that joined meanwhile has nothing that the missed bytes could follow: another watch is on its way for it.
      else if (member.position() === undefined) return;
      else member.delta(ack);
      member.watching(ack.epoch);
    });
    acknowledge();
  };

  const hold = (record: () => void): void => {
    if (held.length < MAX_HELD) held.push(record);
    else asksAgain = true;
  };
  const release = (): void => {
    isReleasing = true;
    for (const record of held.splice(0)) record();
    isReleasing = false;
  };

  const watch = (): void => {
    if (link.up === undefined || members.size === 0) return;
    if (isWatching) {
      asksAgain = true;
      return;
    }
    cancelRetry?.();
    isWatching = true;
    asksAgain = false;
    const position = since();
    const wish = { sessionId, encoding: "binary" as const, priority, history, packed: takesPacked };
    link.request("terminal:watch", position === undefined ? wish : { ...wish, since: position }).then(
      (ack) => {
        isWatching = false;
        // Left meanwhile: whoever left said so after asking, and another feed may watch by now.
        if (members.size === 0) return;
        settle(ack);
        release();
        if (asksAgain) watch();
      },
      (error: unknown) => {
        isWatching = false;
        release();
        if (!isHoldfastError(error) || error.code === "OFFLINE" || error.code === "CLOSED") return;
        const isPassing = error.retry === "backoff" || error.code === "CONFLICT";
        if (!isPassing) each((member) => member.refused(error));
        if (!isPassing && error.code !== "NOT_FOUND") return;
        cancelRetry = schedule(Math.max(retryMs, error.retryAfterMs ?? 0), watch);
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
      },
    );
  };

  /**
   * The window of the whole socket is as far as its slowest emulator. `undefined` while one has parsed nothing of this
   * epoch: offsets of another say nothing.
   */
  const parsedByAll = (): StreamPosition | undefined => {
    let least: StreamPosition | undefined;
    for (const member of members) {
      const parsed = member.parsed();
      if (parsed === undefined || parsed.epoch !== member.position()?.epoch) return undefined;
      if (least !== undefined && least.epoch !== parsed.epoch) return undefined;
      if (least === undefined || parsed.offset < least.offset) least = parsed;
    }
    return least;
  };

  const acknowledge = (): void => {
    cancelAck?.();
    cancelAck = undefined;
    const parsed = parsedByAll();
    if (parsed === undefined || (acked?.epoch === parsed.epoch && acked.offset >= parsed.offset)) return;
    const { epoch, offset } = parsed;
    if (link.send("terminal:ack", { sessionId, epoch, offset })) acked = parsed;
  };

  const hear = <T extends { readonly sessionId: string }>(
    event: string,
    tell: (member: FeedMember, record: T) => void,
    isAboutWatch = false,
  ): void => {
    // The server is trusted for its shapes: they are what the protocol says, or the version was refused.
    const listener = (payload: unknown): void => {
      const record = payload as T;
      if (record.sessionId !== sessionId) return;
      // What is said of a watch comes after its answer, but may be heard before.
      if (isAboutWatch && isWatching) hold(() => each((member) => tell(member, record)));
      else each((member) => tell(member, record));
    };
    off.push(link.on(event, listener));
  };

  const open = (): void => {
    hear<TerminalOutput>("terminal:output", (member, record) => member.output(record));
    hear<TerminalResized>("terminal:resized", (member, record) => member.resized(record));
    hear<TerminalExit>("terminal:exit", (member, record) => member.exit(record), true);
    hear<TerminalReset>("terminal:reset", (member, record) => member.screen(record, true));
    hear<TerminalActivity>("terminal:activity", (member, record) => member.activity(record), true);
    hear<TerminalOwner>("terminal:owner", (member, record) => member.owner(record.status), true);
    off.push(
      link.onUp(watch),
      link.onDown(() => each((member) => member.interrupted())),
    );
  };

  return {
    join(member) {
      members.add(member);
      if (members.size === 1) open();
      watch();
      return () => {
        if (!members.delete(member) || members.size > 0) return;
        for (const stop of off.splice(0)) stop();
        cancelAck?.();
        cancelRetry?.();
        link.send("terminal:unwatch", { sessionId });
        onEmpty();
      };
    },
    resync(member, again) {
      // What the answer did not make fit never will: another one, once.
      if (isReleasing) asksAgain = true;
      else if (!isWatching) watch();
      else hold(() => members.has(member) && again());
    },
    restart: watch,
    refusePacked() {
      takesPacked = false;
    },
    progressed() {
      const parsed = parsedByAll();
      if (parsed === undefined) return;
      const since = acked?.epoch === parsed.epoch ? acked.offset : 0;
      const isBusy = [...members].some((member) => member.position()?.offset !== parsed.offset);
      if (parsed.offset - since >= (isBusy ? BUSY_ACK_BYTES : ACK_BYTES)) acknowledge();
      else cancelAck ??= schedule(ACK_MS, acknowledge);
    },
  };
}
