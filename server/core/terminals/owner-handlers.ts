import type { TerminalRegister, TerminalRegisterAck } from "../../../sdk/protocol/index.ts";
import { Fault } from "../fault.ts";
import type { Access, Caller, Handlers } from "../handler.ts";
import { projectOf } from "../project-of.ts";
import { toBytes } from "./encoding.ts";
import { createOwner } from "./owner.ts";
import { isCurrent, type Pty, type Ptys } from "./ptys.ts";
import type { Registry } from "./registry.ts";
import type { Relayed } from "./relay/relayed.ts";
import { startOf } from "./resume.ts";
import { createSerial } from "./serial.ts";
import type { Exit } from "./stream.ts";
import type { Terminal } from "./terminal.ts";
import type { TerminalLimits } from "./terminal-limits.ts";

export interface OwnerHandlersDeps {
  readonly access: Access;
  readonly registry: Registry;
  readonly ptys: Ptys;
  readonly limits: TerminalLimits;
  /** The project of a session that exists. */
  readonly projectOfSession: (sessionId: string) => Promise<string | undefined>;
  /** Creates the session of a terminal with status `working`. */
  readonly createSession: (session: NewSession) => Promise<void>;
  readonly createTerminal: (sessionId: string, projectId: string) => Terminal;
  /** Between the servers of a cluster. */
  readonly relayed?: Pick<Relayed, "claim" | "giveUp" | "taken"> | undefined;
  readonly onRegistered: (sessionId: string, projectId: string) => void;
}

export interface NewSession {
  readonly sessionId: string;
  readonly projectId: string;
  readonly name: string;
}

type OwnerEvents = "terminal:register" | "terminal:output" | "terminal:resized" | "terminal:exit";

/** What owners say (protocol section 8). */
export function createOwnerHandlers(deps: OwnerHandlersDeps): Handlers<OwnerEvents> {
  const { access, registry, ptys, limits, relayed } = deps;
  const registers = createSerial();

  /** @throws Fault `CONFLICT` unless the session has no live owner, or the caller holds its key */
  function refuseIntruder(terminal: Terminal, resume: TerminalRegister["resume"]): void {
    if (resume?.resumeKey === terminal.stream.resumeKey) return;
    if (terminal.owner !== undefined) throw new Fault("CONFLICT", "The terminal has a live owner");
    if (resume?.epoch === terminal.stream.epoch) {
      throw new Fault("CONFLICT", "The resumeKey is not that of this terminal");
    }
  }

  async function register(caller: Caller, payload: TerminalRegister, pty: Pty): Promise<TerminalRegisterAck> {
    const { sessionId, resume } = payload;
    const knownProject = await deps.projectOfSession(sessionId);
    const projectId = knownProject ?? projectOf(caller, payload.projectId);
    access.require(caller.principal, "mutate", projectId);
    // Waited for only where there are others: alone, what comes next is in the same task.
    if (relayed !== undefined) await relayed.claim(sessionId, projectId, resume);
    try {
      return await take(caller, payload, pty, { projectId, isKnown: knownProject !== undefined });
    } catch (error) {
      relayed?.giveUp(sessionId);
      throw error;
    }
  }

  async function take(
    caller: Caller,
    payload: TerminalRegister,
    pty: Pty,
    { projectId, isKnown }: { readonly projectId: string; readonly isKnown: boolean },
  ): Promise<TerminalRegisterAck> {
    const { peer } = caller;
    const { sessionId, ptyId, title, resume } = payload;
    const before = registry.get(sessionId);
    if (before !== undefined) refuseIntruder(before, resume);
    if (!isKnown) await deps.createSession({ sessionId, projectId, name: title ?? sessionId });
    if (!ptys.has(peer, ptyId, pty)) throw new Fault("UNAVAILABLE", "The owner's connection is gone");

    const present = registry.get(sessionId);
    if (present === undefined) registry.makeRoom();
    const terminal = present ?? deps.createTerminal(sessionId, projectId);
    const stream = present?.stream;
    const kept = stream?.isStale ? undefined : stream;
    const start = startOf(kept && { epoch: kept.epoch, received: kept.log.received }, payload);
    const owner = createOwner(caller, ptyId, limits.inputMs);
    terminal.take(owner, start, payload, resume?.resumeKey);
    if (present === undefined) registry.add(terminal);
    pty.binding = { terminal, owner, stream: terminal.stream };
    if (relayed !== undefined) await relayed.taken(terminal);
    deps.onRegistered(sessionId, projectId);
    const { epoch, resumeKey, log } = terminal.stream;
    const isTold = start.kind === "continue" && (log.resizes > 0 || resume?.snapshot !== undefined);
    const known = isTold ? { resizes: log.resizes } : {};
    return { epoch, offset: log.received, resumeKey, viewers: terminal.viewers, ...known };
  }

  /** Acts on the terminal of a `ptyId`, once its register is through. */
  function act<T>(
    caller: Caller,
    ptyId: string,
    bytes: number,
    on: (terminal: Terminal) => T,
  ): T | Promise<T> {
    const pty = ptys.get(caller.peer, ptyId);
    const run = (): T => {
      const { binding } = pty;
      if (binding === undefined || registry.get(binding.terminal.sessionId) !== binding.terminal) {
        throw new Fault("NOT_FOUND", `No terminal is registered as ptyId ${ptyId}`);
      }
      if (!isCurrent(binding)) throw new Fault("CONFLICT", "Another owner has this terminal");
      return on(binding.terminal);
    };
    if (pty.pending === undefined) return run();
    pty.waitingBytes += bytes;
    if (pty.waitingBytes > limits.ownerUnreadBytes) caller.peer.close();
    return pty.pending.then(run);
  }

  return {
    "terminal:register": (caller, payload) => {
      const { sessionId, ptyId } = payload;
      const pty = ptys.open(caller.peer, ptyId, sessionId);
      const registered = registers.run(sessionId, () => register(caller, payload, pty));
      const settle = (): void => {
        pty.pending = undefined;
        pty.waitingBytes = 0;
      };
      pty.pending = registered.then(settle, () => {
        settle();
        ptys.giveUp(caller.peer, ptyId, pty);
      });
      return registered;
    },
    "terminal:output": (caller, { ptyId, data, offset }) => {
      const bytes = toBytes(data);
      return act(caller, ptyId, bytes.length, (terminal) => ({ offset: terminal.output(bytes, offset) }));
    },
    "terminal:resized": (caller, { ptyId, cols, rows, offset }) =>
      act(caller, ptyId, 0, (terminal) => ({ offset: terminal.resized({ cols, rows }, offset) })),
    "terminal:exit": (caller, { ptyId, exitCode, signal, offset }) =>
      act(caller, ptyId, 0, (terminal) => ({ offset: terminal.exit(exitOf(exitCode, signal), offset) })),
  };
}

/** A signal of 0 or "" is how PTY libraries say that there was none. */
function exitOf(exitCode: number | null | undefined, signal: string | number | null | undefined): Exit {
  return { exitCode: exitCode ?? null, ...(signal ? { reason: `signal ${signal}` } : {}) };
}
