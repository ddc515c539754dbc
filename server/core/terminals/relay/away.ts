import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type {
  Farewell,
  Place,
  RelayRecord,
  TerminalRelay,
  ToHolders,
  ToServer,
} from "../../ports/terminal-relay.ts";
import { toBytes } from "../encoding.ts";
import type { Cursor } from "../stream-records.ts";
import type { Terminal } from "../terminal.ts";
import type { TerminalLimits } from "../terminal-limits.ts";
import type { Told } from "./home.ts";
import { keepPace } from "./keep-pace.ts";
import { createOwnerElsewhere } from "./owner-elsewhere.ts";
import { createSnapshotRequest } from "./snapshot-request.ts";

/** A terminal that nobody here watches any more is let go of at the third look without a viewer. */
const IDLE_LOOKS = 3;
/** For its viewers a batch of records waits no longer, in milliseconds: 512 KiB in that time are 25 MB/s. */
const PACE_MS = 20;
/** How long the relay's messages are waited for at first, in milliseconds. */
const READY_MS = 2_000;

export interface AwayDeps {
  readonly sessionId: string;
  readonly relay: TerminalRelay;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: TerminalLimits;
  readonly createId: () => string;
  readonly createTerminal: (projectId: string) => Terminal;
  readonly onIdle: () => void;
  readonly onOver: (farewell: Farewell) => void;
}

/**
 * A terminal whose owner is at another server, shown here: a log and a screen of its own, begun with a snapshot of
 * whoever has the terminal and fed with records, pulled by offset. Messages only say that there are more.
 *
 *   opening ──snapshot──▶ following ──a hole, another life──▶ fetching ──snapshot──▶ following
 */
export interface Away {
  readonly terminal: Terminal | undefined;
  /** Where the records stand here; `undefined` when what is shown is further than they are. */
  readonly told: Told | undefined;
  /** Shows the terminal from a snapshot; false when nobody has one. */
  open(place: Place): Promise<boolean>;
  /** Goes on with what this server has: its owner went elsewhere. */
  resume(terminal: Terminal, place: Place, told: Told | undefined): void;
  /** Resolves when all that was kept when it was called is here, as far as it can be had. */
  catchUp(): Promise<void>;
  /** Now and then: says that somebody listens, and looks for what no message told of. */
  look(): void;
  answered(message: ToServer): void;
  dispose(): void;
}

export function createAway(deps: AwayDeps): Away {
  const { sessionId, relay, clock, log, createId, limits } = deps;
  let terminal: Terminal | undefined;
  /** After the last record that was taken, in the relay's numbers. */
  let cursor: Cursor = { offset: 0, marks: 0 };
  let life = "";
  let gen = 0;
  let settings = "";
  let working: Promise<void> | undefined;
  let isAgain = false;
  let idleLooks = 0;
  let isDisposed = false;
  const request = createSnapshotRequest(sessionId, relay, clock, createId);
  const owner = createOwnerElsewhere({
    ...{ sessionId, relay, clock, limits, createId },
    onResumed: pull,
    onBroken() {
      life = "";
      pull();
    },
  });
  let ready = (): void => undefined;
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const stopHearing = relay.hear(sessionId, {
    onReady() {
      ready();
      look();
    },
    onChange: pull,
    onClaim: pull,
    onMessage: hear,
    onFarewell: (farewell) => deps.onOver(farewell),
  });

  /** Shows a snapshot in place of what there was; false when nobody has one. */
  async function fetch(): Promise<boolean> {
    const found = await request.ask();
    const place = found && (await relay.find(sessionId));
    if (isDisposed || found === undefined || place === undefined || place.epoch !== found.epoch) return false;
    const { epoch, at, size, data } = found;
    cursor = at;
    life = found.life;
    gen = place.gen;
    settings = settingsOf(place);
    terminal ??= deps.createTerminal(place.projectId);
    const start = { kind: "adopt", epoch, head: at.offset, offset: at.offset, size, screen: data } as const;
    terminal.take(owner, start, place, place.resumeKey);
    return true;
  }

  /** False: records before it are missing. */
  function take(shown: Terminal, record: RelayRecord): boolean {
    const { at } = record;
    const from = record.kind === "data" ? at.offset - record.bytes.length : at.offset;
    if (from > cursor.offset) return false;
    if (shown.stream.exit === undefined) {
      // What is known here already is dropped by its offset.
      if (record.kind === "data") shown.output(record.bytes, from);
      else shown.resized({ cols: record.cols, rows: record.rows }, at.offset);
    }
    cursor = at;
    return true;
  }

  /** Whether there is an owner. */
  function settleOwner(shown: Terminal, place: Place): void {
    if (gen !== place.gen) owner.moved();
    gen = place.gen;
    if (place.exit !== undefined) return;
    const isGone = place.isLost || !relay.isAlive(place.home);
    const isOther = settings !== settingsOf(place);
    if (isGone) shown.leave();
    else if (shown.owner === undefined || isOther) {
      settings = settingsOf(place);
      shown.take(owner, { kind: "continue", head: cursor.offset }, place, undefined);
    }
  }

  /** Whether it has ended, once all before the end is here. */
  function settleExit({ stream, exit: end }: Terminal, place: Place): void {
    if (place.exit === undefined || stream.exit !== undefined || cursor.offset < place.exit.offset) return;
    const { offset: _, ...exit } = place.exit;
    end(exit, undefined);
  }

  async function step(shown: Terminal): Promise<void> {
    const { place, records } = await relay.read(sessionId, cursor);
    if (isDisposed || place?.home === relay.serverId) return;
    // The relay has forgotten it; its home, if there is one, says it again.
    if (place === undefined) return shown.leave();
    if (place.epoch !== shown.stream.epoch || place.life !== life) {
      if (place.isLost || !relay.isAlive(place.home)) settleOwner(shown, place);
      else if (await fetch()) isAgain = true;
      return;
    }
    settleOwner(shown, place);
    let waitedMs = 0;
    for (const record of records) {
      if (!take(shown, record)) {
        if (await fetch()) isAgain = true;
        return;
      }
      waitedMs += await keepPace(clock, shown, PACE_MS - waitedMs);
      if (isDisposed) return;
    }
    if (records.length > 0) isAgain = true;
    else settleExit(shown, place);
  }

  function pull(): void {
    const shown = terminal;
    if (shown === undefined || isDisposed || owner.isPaused) return;
    isAgain = true;
    working ??= (async () => {
      try {
        while (isAgain && !isDisposed && !owner.isPaused) {
          isAgain = false;
          await step(shown);
        }
      } catch (error) {
        // Out of reach: the next look goes on, and so does the first message.
        log.debug({ sessionId, err: error }, "a terminal of another server could not be read");
      } finally {
        working = undefined;
      }
    })();
  }

  function hear(message: ToHolders): void {
    if (message.kind !== "snapshot?" || message.from === relay.serverId || !message.isUrgent) return;
    lend(message.requestId, message.from).catch((error: unknown) =>
      log.info({ sessionId, err: error }, "no snapshot of a terminal for another server"),
    );
  }

  async function lend(requestId: string, to: string): Promise<void> {
    if (terminal === undefined || told() === undefined) return;
    const { stream } = terminal;
    const { at, size, data } = await stream.log.snapshot(limits.historyDefault);
    const known = told();
    if (known === undefined || terminal.stream !== stream) return;
    const { epoch } = stream;
    const lentAs = createId();
    await relay.lend(lentAs, toBytes(data));
    const place = { offset: at.offset, marks: at.marks + known.shift };
    relay.reply(to, { kind: "snapshot", requestId, lentAs, epoch, life: known.life, at: place, ...size });
  }

  function told(): Told | undefined {
    const at = terminal?.stream.log.cursor;
    if (at === undefined || at.offset !== cursor.offset || life === "") return undefined;
    return { life, at, shift: cursor.marks - at.marks };
  }

  function look(): void {
    if (isDisposed || terminal === undefined) return;
    idleLooks = terminal.viewers > 0 ? 0 : idleLooks + 1;
    if (idleLooks >= IDLE_LOOKS) {
      deps.onIdle();
      return;
    }
    relay.send(sessionId, { kind: "listening", from: relay.serverId });
    pull();
  }

  return {
    get terminal() {
      return terminal;
    },
    get told() {
      return told();
    },
    async open(place) {
      let cancel = (): void => undefined;
      const late = new Promise<void>((resolve) => {
        cancel = clock.schedule(READY_MS, resolve);
      });
      await Promise.race([isReady, late]).finally(cancel);
      settings = settingsOf(place);
      return fetch();
    },
    resume(shown, place, before) {
      terminal = shown;
      gen = place.gen;
      settings = settingsOf(place);
      if (before !== undefined) {
        life = before.life;
        cursor = { offset: before.at.offset, marks: before.at.marks + before.shift };
      }
      shown.take(owner, { kind: "continue", head: shown.stream.log.received }, place, undefined);
      look();
    },
    async catchUp() {
      await working;
      pull();
      await working;
    },
    look,
    answered(message) {
      request.answered(message);
      owner.answered(message);
    },
    dispose() {
      isDisposed = true;
      stopHearing();
      request.dispose();
      owner.dispose();
    },
  };
}

function settingsOf({ readOnly, resizePolicy, answers }: Place): string {
  return JSON.stringify([readOnly, resizePolicy, answers]);
}
