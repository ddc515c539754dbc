import type { TerminalWatch, TerminalWatchAck } from "../../../sdk/protocol/index.ts";
import { Fault } from "../fault.ts";
import type { Access, Caller } from "../handler.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Peer } from "../ports/peer.ts";
import type { TerminalRelay } from "../ports/terminal-relay.ts";
import { createTerminal } from "./create-terminal.ts";
import type { Emulator } from "./emulator.ts";
import { createOwnerHandlers, type NewSession } from "./owner-handlers.ts";
import { createPtys } from "./ptys.ts";
import { createRegistry } from "./registry.ts";
import { createRelayed } from "./relay/relayed.ts";
import type { Size } from "./size.ts";
import type { Exit } from "./stream.ts";
import type { Terminal } from "./terminal.ts";
import { DEFAULT_TERMINAL_LIMITS, type TerminalLimits } from "./terminal-limits.ts";
import { createViewerHandlers } from "./viewer-handlers.ts";
import type { ViewerSink } from "./viewer-sink.ts";
import { createWatches } from "./watches.ts";

export interface TerminalsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly access: Access;
  /** Unguessable ids, for epochs and resume keys. */
  readonly createId: () => string;
  /** Default: none, so a terminal keeps its whole stream up to 1 MiB and answers with that. */
  readonly emulator?: Emulator;
  readonly limits?: Partial<TerminalLimits>;
  /** Between the servers of a cluster. Default: none, terminals are this server's alone. */
  readonly relay?: TerminalRelay | undefined;
  /** The project of a session that exists. */
  readonly projectOfSession: (sessionId: string) => Promise<string | undefined>;
  /** Creates the session of a terminal with status `working`; one that is there meanwhile is left as it is. */
  readonly createSession: (session: NewSession) => Promise<void>;
  readonly focusedSessions: (projectId: string) => Promise<readonly string[]>;
  /** A session has an owner for its terminal (again). */
  readonly onRegistered?: (sessionId: string, projectId: string) => void;
  /** Output or input: for the eviction of focus. */
  readonly onActivity?: (sessionId: string, projectId: string) => void;
  /** A socket watches its first terminal of a project, or no longer any: it hears the project's focus. */
  readonly onWatching?: (caller: Caller, projectId: string, isWatching: boolean) => void;
}

/** How a viewer without a socket of its own watches. */
export interface WatchOptions extends Partial<Omit<TerminalWatch, "sessionId">> {
  /** Default `socket`: paced by what the sink drains, snapshots come as `terminal:output`. */
  readonly pacedBy?: "acks" | "socket";
}

/** A viewer without a socket of its own: the plain-WebSocket bridge, the mock, a test. */
export interface Watching {
  /** What `terminal:watch` answers; output follows in a later task. */
  readonly opening: TerminalWatchAck;
  ack(epoch: string, offset: number): void;
  /** @throws Fault `FORBIDDEN`, `UNAVAILABLE` */
  type(text: string): Promise<void>;
  /** @throws Fault `FORBIDDEN` */
  resize(size: Size): void;
  close(): void;
}

export interface TerminalsStatus {
  /** With an owner, or one that may come back. */
  readonly active: number;
  readonly ended: number;
  readonly viewers: number;
  /** Bytes of output that viewers have not acked: of all together, and of the one furthest behind. */
  readonly lagBytes: { readonly sum: number; readonly max: number };
}

/** The terminals of one server (protocol section 8). */
export function createTerminals(deps: TerminalsDeps) {
  const { clock, log, access } = deps;
  const limits: TerminalLimits = { ...DEFAULT_TERMINAL_LIMITS, ...deps.limits };
  const registry = createRegistry(limits.terminals, expire);
  const ptys = createPtys(limits.perSocket);
  const watches = createWatches(limits.perSocket);
  /** Those whose focus was told, so that an older answer of the store says nothing new. */
  const focusKnown = new WeakSet<Terminal>();
  /** Sockets that left: what they asked for may still be under way. */
  const gone = new WeakSet<Peer>();

  function remove(
    terminal: Terminal,
    exit: Exit,
    fault: Fault,
    place?: { epoch: string; offset: number },
  ): void {
    if (!registry.remove(terminal)) return;
    terminal.dispose({ sessionId: terminal.sessionId, ...place, ...exit }, fault);
    watches.forget(terminal);
    relayed?.removed(terminal, { ...place, ...exit });
  }

  function removeAt(terminal: Terminal, exit: Exit): void {
    const { epoch, log: kept } = terminal.stream;
    remove(terminal, exit, new Fault("NOT_FOUND", "Terminal session not found"), {
      epoch,
      offset: kept.end,
    });
  }

  function expire(terminal: Terminal): void {
    removeAt(terminal, terminal.stream.exit ?? { exitCode: null });
  }

  function newTerminal(sessionId: string, projectId: string): Terminal {
    const terminal = createTerminal(sessionId, projectId, {
      clock,
      limits,
      log,
      emulator: deps.emulator,
      createId: deps.createId,
      onActivity: (session, project) => deps.onActivity?.(session, project),
      onExpired: expire,
      onChange: (changed) => relayed?.changed(changed),
    });
    deps.focusedSessions(projectId).then(
      (focused) => {
        if (!focusKnown.has(terminal)) terminal.setFocused(focused.includes(sessionId));
      },
      (error: unknown) => log.warn({ sessionId, err: error }, "the focus of a terminal is not known"),
    );
    return terminal;
  }

  const relayed =
    deps.relay &&
    createRelayed({
      ...{ relay: deps.relay, registry, clock, log, limits, createId: deps.createId },
      createTerminal: newTerminal,
      remove(terminal, { epoch, offset, ...exit }) {
        const place = epoch === undefined || offset === undefined ? undefined : { epoch, offset };
        remove(terminal, exit, new Fault("NOT_FOUND", "Terminal session not found"), place);
      },
    });

  /** The terminal of a session, wherever its owner is. @throws Fault `NOT_FOUND` */
  function terminalOf(sessionId: string): Terminal | Promise<Terminal> {
    const here = registry.get(sessionId);
    if (here !== undefined) return here;
    const found = (): Terminal => {
      const brought = registry.get(sessionId);
      if (brought === undefined) throw new Fault("NOT_FOUND", "Terminal session not found");
      return brought;
    };
    return relayed === undefined ? found() : relayed.bring(sessionId).then(found);
  }

  const ownerHandlers = createOwnerHandlers({
    access,
    registry,
    ptys,
    limits,
    projectOfSession: deps.projectOfSession,
    createSession: deps.createSession,
    createTerminal: newTerminal,
    relayed,
    onRegistered: (sessionId, projectId) => deps.onRegistered?.(sessionId, projectId),
  });
  const viewerHandlers = createViewerHandlers({
    access,
    terminalOf,
    watches,
    isGone: (peer) => gone.has(peer),
    onWatching: (caller, projectId, isWatching) => deps.onWatching?.(caller, projectId, isWatching),
  });

  /** What a socket had, in one project or at all, is gone. */
  function leave(peer: Peer, isMeant: (terminal: Terminal) => boolean): void {
    for (const { terminal, viewer } of watches.of(peer)) {
      if (!isMeant(terminal)) continue;
      watches.remove(peer, terminal.sessionId);
      terminal.unwatch(viewer);
    }
    for (const { terminal, owner } of ptys.of(peer)) {
      if (isMeant(terminal) && terminal.owner === owner) terminal.leave();
    }
    for (const terminal of registry.all()) if (isMeant(terminal)) terminal.left(peer);
  }

  return {
    handlers: { ...ownerHandlers, ...viewerHandlers },

    /** A socket is gone, for whatever reason: its terminals have the grace, its viewers are closed. */
    detached(peer: Peer): void {
      gone.add(peer);
      leave(peer, () => true);
      ptys.drop(peer);
    },

    /** A socket may no longer read a project. */
    revoked(peer: Peer, projectId: string): void {
      leave(peer, (terminal) => terminal.projectId === projectId);
    },

    focusChanged(projectId: string, focusedSessions: readonly string[]): void {
      for (const terminal of registry.all()) {
        if (terminal.projectId !== projectId) continue;
        focusKnown.add(terminal);
        terminal.setFocused(focusedSessions.includes(terminal.sessionId));
      }
    },

    /** The session is deleted: its terminal ends and is not kept. */
    sessionRemoved(sessionId: string): void {
      const terminal = registry.get(sessionId);
      if (terminal !== undefined) removeAt(terminal, { exitCode: null, reason: "session_removed" });
    },

    /** The project is removed with all its sessions. */
    projectRemoved(projectId: string): void {
      for (const terminal of [...registry.all()]) {
        if (terminal.projectId === projectId)
          removeAt(terminal, { exitCode: null, reason: "session_removed" });
      }
    },

    /**
     * Types into the terminal of a session, while its owner is away as soon as it is back; false when there is none that
     * can be typed into.
     * @throws Fault `UNAVAILABLE` when the owner did not come back, or did not take it
     */
    async typeInto(sessionId: string, text: string): Promise<boolean> {
      await relayed?.bring(sessionId);
      const terminal = registry.get(sessionId);
      if (terminal === undefined || terminal.isReadOnly || terminal.stream.exit !== undefined) return false;
      await terminal.type(text, { who: {}, key: "", inputSeq: undefined, isPatient: true });
      return true;
    },

    has: (sessionId: string): boolean => registry.get(sessionId) !== undefined,
    sizeOf: (sessionId: string): Size | undefined => registry.get(sessionId)?.stream.log.size,
    /** Calls back once when the session gets a terminal; not when it has one. Returns how to stop waiting. */
    whenThere(sessionId: string, callback: () => void): () => void {
      const stopHere = registry.whenThere(sessionId, callback);
      // What is brought from elsewhere is there then.
      const stopElsewhere = relayed?.whenElsewhere(sessionId, () => undefined);
      return () => {
        stopHere();
        stopElsewhere?.();
      };
    },

    /** Watches without a socket; who may read the project is judged before. @throws Fault `NOT_FOUND`, `CONFLICT` */
    async watch(sessionId: string, sink: ViewerSink, options: WatchOptions = {}): Promise<Watching> {
      const {
        encoding = "utf8",
        history = limits.historyDefault,
        priority = "live",
        pacedBy = "socket",
      } = options;
      const terminal = await terminalOf(sessionId);
      const wishes = { encoding, history, priority, pacedBy, sink, window: options.window };
      const { viewer, ack } = terminal.watch(wishes, options.since);
      return {
        opening: await ack,
        ack: viewer.acked,
        type: (text) => terminal.type(text, { who: viewer, key: "", inputSeq: undefined }),
        resize: (size) => terminal.wantSize(viewer, size),
        close() {
          terminal.unwatch(viewer);
          terminal.left(viewer);
        },
      };
    },

    status(): TerminalsStatus {
      const all = [...registry.all()];
      const ended = all.filter(({ stream }) => stream.exit !== undefined).length;
      const lags = all.flatMap((terminal) => terminal.lags());
      const lagBytes = lags.reduce(({ sum, max }, lag) => ({ sum: sum + lag, max: Math.max(max, lag) }), {
        sum: 0,
        max: 0,
      });
      return { active: all.length - ended, ended, viewers: lags.length, lagBytes };
    },

    /** Tells viewers and ends everything; owners resume on the next server. */
    shutdown(): void {
      relayed?.shutdown();
      const fault = new Fault("SHUTTING_DOWN", "The server is shutting down");
      for (const terminal of registry.all()) {
        remove(terminal, { exitCode: null, reason: "server_shutdown" }, fault);
      }
    },
  };
}

export type Terminals = ReturnType<typeof createTerminals>;
