import { Fault } from "../fault.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Emulator } from "./emulator.ts";
import { createInputLedger } from "./input-ledger.ts";
import { createInputLine } from "./input-line.ts";
import { createOwnership } from "./ownership.ts";
import type { Start } from "./resume.ts";
import { type Size, sameSize } from "./size.ts";
import { createSizeRequest } from "./size-request.ts";
import { createSizing } from "./sizing.ts";
import { createStream, type Exit, epochFrom, type Stream } from "./stream.ts";
import { createStreamLog, type StreamLog, type StreamLogOptions } from "./stream-log.ts";
import type { Settings, Terminal } from "./terminal.ts";
import type { TerminalLimits } from "./terminal-limits.ts";
import { isNew, unseen } from "./unseen.ts";
import { createViewers } from "./viewers.ts";

export interface TerminalDeps {
  readonly clock: Clock;
  readonly limits: TerminalLimits;
  readonly log: Log;
  readonly emulator: Emulator | undefined;
  readonly createId: () => string;
  /** Output or input: the session is in use. */
  readonly onActivity: (sessionId: string, projectId: string) => void;
  /** It ended and was kept long enough. */
  readonly onExpired: (terminal: Terminal) => void;
  /** The stream, its owner or its end is another. */
  readonly onChange: (terminal: Terminal) => void;
}

type LogStart = Pick<StreamLogOptions, "offset" | "size" | "screen">;

export function createTerminal(sessionId: string, projectId: string, deps: TerminalDeps): Terminal {
  const { clock, limits } = deps;
  let current: Stream | undefined;
  let settings: Settings = { answers: "owner", readOnly: false, resizePolicy: "latest" };
  let isElsewhere = false;
  let isHeld = false;
  let cancelExpiry: (() => void) | undefined;
  let ledger = createInputLedger(limits.inputKeptViewers);

  const stream = (): Stream => {
    if (current === undefined) throw new Error("A terminal is taken before it is used");
    return current;
  };

  const line = createInputLine(clock, limits);
  const ownership = createOwnership(
    clock,
    limits,
    () => end({ exitCode: null, reason: "owner_disconnected" }),
    (ignoring, unread) => {
      deps.log.warn(
        { sessionId, connectionId: ignoring.connectionId, unread },
        "an owner that does not pause is disconnected",
      );
      // At once, so that what it still sends is not taken.
      leave();
      ignoring.disconnect();
    },
  );
  const viewers = createViewers({
    sessionId,
    clock,
    limits,
    log: deps.log,
    stream,
    onOpen({ options }) {
      if (ownership.isLost) options.sink.send("terminal:owner", { sessionId, status: "lost" });
    },
  });
  const policy = () => settings.resizePolicy;
  const size = (): Size => stream().log.size;
  const sizing = createSizing(policy, size, () => request.send());
  const request = createSizeRequest(sizing.target, () => ownership.owner, size, resizeTo);

  function refuseReadOnly(): void {
    if (settings.readOnly) throw new Fault("FORBIDDEN", "The terminal is read-only");
  }

  /** The owner waits while this server, or what tells others, cannot take more. */
  function pace(): void {
    ownership.check(Math.max(stream().log.unread, isHeld ? limits.unreadHigh + 1 : 0));
  }

  function resizeTo(size: Size): void {
    request.settle();
    const { log } = stream();
    if (sameSize(size, log.size)) return;
    log.resize(size);
    changed();
  }

  function leave(): void {
    if (ownership.owner === undefined) return;
    ownership.leave();
    line.disconnect();
    viewers.tell("terminal:owner", { sessionId, status: "lost" });
    deps.onChange(terminal);
  }

  /** There is more in the stream. */
  function changed(): void {
    viewers.touch();
    deps.onChange(terminal);
  }

  /** What the emulator lost the owner has: coming back, it brings the state along. An old one has none. */
  function askForState(lost: Stream): void {
    const { owner } = ownership;
    lost.isStale = true;
    if (owner === undefined || owner.isOld) return;
    deps.log.warn(
      { sessionId, connectionId: owner.connectionId },
      "an owner is disconnected, to bring the state again",
    );
    leave();
    owner.disconnect();
  }

  function end(exit: Exit): void {
    const ended = stream();
    ended.log.flush();
    ended.exit = exit;
    ownership.end();
    line.close(new Fault("UNAVAILABLE", "The terminal has ended"));
    viewers.flush();
    deps.onChange(terminal);
    cancelExpiry = clock.schedule(limits.endedMs, () => deps.onExpired(terminal));
  }

  function newLog(epoch: string, start: LogStart, answersQueries: boolean): StreamLog {
    const made: StreamLog = createStreamLog({
      epoch,
      clock,
      limits,
      log: deps.log,
      emulator: deps.emulator,
      ...start,
      onChange() {
        if (current?.log !== made) return;
        pace();
        changed();
      },
      onLost() {
        if (current?.log === made) askForState(current);
      },
      // A reply the owner does not take is lost, as it is when a real terminal goes away.
      ...(answersQueries && {
        onReply(reply: string) {
          // One server answers: the one that has the owner.
          if (!isElsewhere) void line.type(reply).catch(() => undefined);
        },
      }),
    });
    return made;
  }

  function begin(
    start: Exclude<Start, { kind: "continue" }>,
    next: Settings,
    heldKey: string | undefined,
  ): void {
    const isAdopted = start.kind === "adopt";
    const epoch = isAdopted ? start.epoch : epochFrom(deps.createId());
    const from: LogStart = isAdopted ? start : { offset: 0, size: start.size };
    // An owner that lost the answer to its register still knows the key it came with.
    const resumeKey = (isAdopted ? heldKey : undefined) ?? deps.createId();
    const before = current;
    current = createStream(epoch, resumeKey, newLog(epoch, from, next.answers === "server"));
    if (before === undefined) return;
    if (before.epoch !== epoch) {
      ledger = createInputLedger(limits.inputKeptViewers);
      line.refuse(new Fault("UNAVAILABLE", "Another terminal has begun"));
    }
    viewers.restart();
    before.log.dispose();
  }

  const terminal: Terminal = {
    sessionId,
    projectId,
    get stream() {
      return stream();
    },
    get owner() {
      return ownership.owner;
    },
    get viewers() {
      return viewers.size;
    },
    lags: viewers.lags,
    get isReadOnly() {
      return settings.readOnly;
    },
    get isElsewhere() {
      return isElsewhere;
    },
    get isLost() {
      return ownership.isLost;
    },
    get settings() {
      return settings;
    },
    take(owner, start, next, resumeKey) {
      const wasLost = ownership.isLost;
      settings = next;
      isElsewhere = owner.isElsewhere;
      request.settle();
      if (start.kind !== "continue") {
        begin(start, next, resumeKey);
        cancelExpiry?.();
      } else if (stream().exit?.reason === "owner_disconnected") {
        // It was given up too early: the PTY still runs.
        stream().exit = undefined;
        cancelExpiry?.();
        viewers.revive();
        viewers.tell("terminal:owner", { sessionId, status: "back" });
      }
      if (start.kind !== "anew") stream().head = start.head;
      if (wasLost) viewers.tell("terminal:owner", { sessionId, status: "back" });
      deps.onChange(terminal);
      if (stream().exit !== undefined) return;
      ownership.take(owner);
      pace();
      line.connect(owner);
      request.send();
    },
    leave,
    output(bytes, offset) {
      const { log, exit } = stream();
      const fresh = unseen(bytes, offset, log.received);
      if (fresh.length === 0) return log.received;
      if (exit !== undefined) throw ended(log);
      if (isElsewhere) log.pass(fresh);
      else log.append(fresh);
      pace();
      changed();
      // Where the owner is that is told, for all.
      if (!isElsewhere) deps.onActivity(sessionId, projectId);
      return log.received;
    },
    resized(size, offset) {
      const { log, exit } = stream();
      if (!isNew(offset, log.received)) return log.received;
      if (exit !== undefined) throw ended(log);
      resizeTo(size);
      return log.received;
    },
    exit(exit, offset) {
      const { log, exit: known } = stream();
      isNew(offset, log.received);
      if (known === undefined) end(exit);
      return log.received;
    },
    hold(should) {
      isHeld = should;
      pace();
    },
    watch: viewers.watch,
    unwatch: viewers.remove,
    async type(text, typist) {
      refuseReadOnly();
      deps.onActivity(sessionId, projectId);
      if (typist !== undefined) sizing.typed(typist.who);
      const inputSeq = typist?.inputSeq;
      const type = (mayType?: () => boolean): Promise<void> => {
        viewers.typed();
        return line.type(text, mayType, typist);
      };
      if (typist === undefined || inputSeq === undefined || isElsewhere) return type();
      return ledger.once(typist.key, inputSeq, type);
    },
    wantSize(who, size, isAgain = false) {
      refuseReadOnly();
      if (isAgain) sizing.returned(who, size);
      else sizing.resize(who, size);
    },
    left(who) {
      sizing.left(who);
      if (sizing.isUnwanted) ownership.owner?.left();
    },
    setFocused: viewers.setFocused,
    dispose(payload, fault) {
      ownership.owner?.over(payload.reason);
      cancelExpiry?.();
      ownership.end();
      viewers.finish(payload, fault);
      line.close(fault);
      stream().log.dispose();
    },
  };
  return terminal;
}

function ended(log: StreamLog): Fault {
  return new Fault("CONFLICT", "The terminal has ended", { details: { offset: log.received } });
}
