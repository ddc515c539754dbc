import { Fault } from "../../fault.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { About, Act, RelayRecord, TerminalRelay, ToHolders } from "../../ports/terminal-relay.ts";
import { toBytes } from "../encoding.ts";
import type { Participant } from "../sizing.ts";
import type { Stream } from "../stream.ts";
import type { Cursor, StreamSnapshot } from "../stream-records.ts";
import type { Terminal } from "../terminal.ts";
import type { TerminalLimits } from "../terminal-limits.ts";
import { createOwnerHold } from "./owner-hold.ts";
import { createTakenLines } from "./taken-lines.ts";

/** Records are kept for so long after somebody last said to listen, in milliseconds. */
const LISTENED_MS = 15_000;
/** One record, and the records of one batch, in bytes. */
const RECORD_BYTES = 64 * 1024;
const BATCH_BYTES = 512 * 1024;
const BATCH_RECORDS = 256;
/** The owner waits while more than this share of the ring is not in the relay: what leaves the ring untold is lost to others. */
const HELD_SHARE = 1 / 4;

export interface HomeDeps {
  readonly terminal: Terminal;
  readonly relay: TerminalRelay;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: TerminalLimits;
  readonly createId: () => string;
  /** The relay says that another server is the home, or knows of none. */
  readonly onMoved: () => void;
}

/** Where the records of a terminal stand: `at` in its log here, which is `at` and `shift` marks in the relay. */
export interface Told {
  readonly life: string;
  readonly at: Cursor;
  readonly shift: number;
}

/**
 * A terminal whose owner is here, as it tells others of itself. It holds no output: what is not in the relay yet is read
 * from the terminal's log when there is time; what has left the log by then is jumped over, and others fetch a snapshot.
 */
export interface Home {
  readonly gen: number;
  /** What was told so far; `undefined` while nobody listens. */
  readonly told: Told | undefined;
  /** There may be more to tell. */
  look(): void;
  /** Looks whether this server is the home still. */
  check(): void;
  /** Resolves when what the terminal is like now has been told. */
  introduce(): Promise<void>;
  hear(message: ToHolders): void;
  /** The relay was away: whoever listens could not say so. */
  recovered(): void;
  dispose(): void;
}

/** @param before where the server that was shown the terminal until now had it from */
export function createHome(deps: HomeDeps, gen: number, before?: Told): Home {
  const { terminal, relay, clock, log, createId } = deps;
  const { sessionId } = terminal;
  let stream: Stream = terminal.stream;
  let told = before;
  let isNewLife = false;
  /** The first place in the relay's present life, by its offset. */
  let lifeFrom = before?.at.offset ?? 0;
  let toldAbout = "";
  let listenedUntil = before === undefined ? 0 : clock.now() + LISTENED_MS;
  let isWorking = false;
  let isAgain = false;
  let isDisposed = false;
  const takenLines = createTakenLines();
  const untold = (): number => (told === undefined ? 0 : stream.log.end - told.at.offset);
  const hold = createOwnerHold(terminal, clock, untold, deps.limits.ringBytes * HELD_SHARE);
  const participants = new Map<string, Participant>();

  async function tellAbout(): Promise<void> {
    const about = aboutOf(terminal);
    const text = JSON.stringify(about);
    if (text === toldAbout) return;
    if (await relay.tell(sessionId, gen, about)) toldAbout = text;
    else moved();
  }

  function moved(): void {
    if (isDisposed) return;
    isDisposed = true;
    hold.dispose();
    deps.onMoved();
  }

  function beginLife(at: Cursor): void {
    told = { life: createId(), at, shift: 0 };
    lifeFrom = at.offset;
    isNewLife = true;
  }

  /** What comes after what was told. */
  function collect(from: Cursor, shift: number): { records: RelayRecord[]; at: Cursor } {
    const records: RelayRecord[] = [];
    let at = from;
    let bytes = 0;
    while (bytes < BATCH_BYTES && records.length < BATCH_RECORDS) {
      const piece = stream.log.read(at, RECORD_BYTES);
      if (piece === undefined) break;
      at = piece.next;
      const place = { offset: at.offset, marks: at.marks + shift };
      if (piece.kind === "resize") records.push({ kind: "resize", at: place, ...piece.size });
      else {
        // A copy: the log writes over what it forgets while this is on its way.
        records.push({ kind: "data", at: place, bytes: piece.bytes.slice() });
        bytes += piece.bytes.length;
      }
    }
    return { records, at };
  }

  async function tellRecords(): Promise<void> {
    if (told === undefined) return;
    if (clock.now() > listenedUntil) {
      told = undefined;
      await relay.hush(sessionId, gen);
      return;
    }
    if (terminal.stream !== stream) {
      stream = terminal.stream;
      beginLife(stream.log.cursor);
    }
    while (!isDisposed && told !== undefined && terminal.stream === stream) {
      const isLost = told.at.offset < stream.log.start;
      if (isLost) beginLife(stream.log.cursor);
      const { life, at: from, shift }: Told = told;
      const { records, at } = collect(from, shift);
      if (records.length === 0 && !isNewLife) return;
      const batch = {
        gen,
        life,
        from: { offset: from.offset, marks: from.marks + shift },
        isNewLife,
        records,
      };
      const appended = await hold.during(relay.append(sessionId, batch));
      if (told?.life !== life) continue;
      if (appended === "moved") return moved();
      if (appended === "hole") beginLife(stream.log.cursor);
      else {
        isNewLife = false;
        told = { life, at, shift };
      }
    }
  }

  function look(): void {
    isAgain = true;
    if (isWorking) {
      hold.check();
      return;
    }
    isWorking = true;
    void (async () => {
      try {
        while (isAgain && !isDisposed) {
          isAgain = false;
          await tellAbout();
          await tellRecords();
        }
      } catch (error) {
        // Out of reach: `recovered`, or the next look, goes on.
        log.debug({ sessionId, err: error }, "a terminal could not be told to other servers");
      } finally {
        isWorking = false;
        hold.check();
      }
    })();
  }

  async function snapshot(): Promise<StreamSnapshot> {
    for (;;) {
      const of = terminal.stream;
      const made = await of.log.snapshot(deps.limits.historyDefault).catch((error: unknown) => {
        if (terminal.stream === of) throw error;
      });
      if (made === undefined || terminal.stream !== of) continue;
      if (told === undefined || stream !== of || made.at.offset < lifeFrom) {
        stream = of;
        beginLife(made.at);
      }
      return made;
    }
  }

  async function lend(requestId: string, to: string): Promise<void> {
    const { at, size, data } = await snapshot();
    const { life = "", shift = 0 } = told ?? {};
    const { epoch } = stream;
    const lentAs = createId();
    await relay.lend(lentAs, toBytes(data));
    const place = { offset: at.offset, marks: at.marks + shift };
    relay.reply(to, { kind: "snapshot", requestId, lentAs, epoch, life, at: place, ...size });
    look();
  }

  function act(from: string, todo: Act): void {
    const who = participants.get(from) ?? { server: from };
    participants.set(from, who);
    switch (todo.kind) {
      case "type": {
        const { id, text, key = "", inputSeq, source, isPatient } = todo;
        terminal.type(text, { who, key, inputSeq, source, isPatient }).then(
          () => relay.reply(from, { kind: "typed", id }),
          (error: unknown) => {
            const { code, message } =
              error instanceof Fault ? error : new Fault("UNAVAILABLE", "It was not typed");
            relay.reply(from, { kind: "typed", id, code, error: message });
          },
        );
        return;
      }
      case "resize":
        // Read-only terminals are refused where the viewer is.
        if (!terminal.isReadOnly) terminal.wantSize(who, { cols: todo.cols, rows: todo.rows });
        return;
      case "left":
        terminal.left(who);
    }
  }

  function check(): void {
    toldAbout = "";
    look();
  }

  look();
  return {
    gen,
    get told() {
      return told;
    },
    look,
    check,
    async introduce() {
      await tellAbout();
    },
    hear(message) {
      if (isDisposed) return;
      if (message.kind === "acts") {
        const { from, line, n, acts } = message;
        if (takenLines.isNew(line, n)) for (const todo of acts) act(from, todo);
        relay.reply(from, { kind: "acts taken", line, n });
        return;
      }
      listenedUntil = clock.now() + LISTENED_MS;
      if (message.kind === "snapshot?")
        lend(message.requestId, message.from).catch((error: unknown) =>
          log.info({ sessionId, err: error }, "no snapshot of a terminal for another server"),
        );
    },
    recovered() {
      if (told !== undefined) listenedUntil = clock.now() + LISTENED_MS;
      check();
    },
    dispose() {
      isDisposed = true;
      hold.dispose();
    },
  };
}

export function aboutOf(terminal: Terminal): About {
  const { projectId, settings, isLost } = terminal;
  const { epoch, resumeKey, exit, log } = terminal.stream;
  const { readOnly, resizePolicy, answers } = settings;
  const ended = exit && { exit: { ...exit, offset: log.end } };
  return { projectId, epoch, resumeKey, readOnly, resizePolicy, answers, isLost, ...ended };
}
