import type { TerminalWatch, TerminalWatchAck } from "../../../sdk/protocol/index.ts";
import { Fault } from "../fault.ts";
import type { Access, Caller, Handlers } from "../handler.ts";
import type { Peer } from "../ports/peer.ts";
import type { Terminal } from "./terminal.ts";
import type { ViewerOptions } from "./viewer-options.ts";
import type { Watch, Watches } from "./watches.ts";

export interface ViewerHandlersDeps {
  readonly access: Access;
  /** The terminal of a session, wherever its owner is. @throws Fault `NOT_FOUND` */
  readonly terminalOf: (sessionId: string) => Terminal | Promise<Terminal>;
  readonly watches: Watches;
  /** The socket left meanwhile. */
  readonly isGone: (peer: Peer) => boolean;
  /** A socket watches its first terminal of a project, or no longer any. */
  readonly onWatching: (caller: Caller, projectId: string, isWatching: boolean) => void;
}

type ViewerEvents =
  | "terminal:watch"
  | "terminal:unwatch"
  | "terminal:ack"
  | "terminal:input"
  | "terminal:resize";

/** What viewers say (protocol section 8). */
export function createViewerHandlers(deps: ViewerHandlersDeps): Handlers<ViewerEvents> {
  const { access, terminalOf, watches } = deps;

  function watchesIn(peer: Peer, projectId: string): boolean {
    return watches.of(peer).some(({ terminal }) => terminal.projectId === projectId);
  }

  function unwatch(caller: Caller, sessionId: string, only?: Watch): void {
    const watch = watches.remove(caller.peer, sessionId, only);
    if (watch === undefined) return;
    const { terminal, viewer } = watch;
    terminal.unwatch(viewer);
    terminal.left(caller.peer);
    if (!watchesIn(caller.peer, terminal.projectId)) deps.onWatching(caller, terminal.projectId, false);
  }

  function watch(caller: Caller, payload: TerminalWatch): TerminalWatchAck | Promise<TerminalWatchAck> {
    const terminal = terminalOf(payload.sessionId);
    if (!(terminal instanceof Promise)) return watchHere(caller, payload, terminal);
    return terminal.then((brought) => {
      if (deps.isGone(caller.peer)) throw new Fault("CONFLICT", "The viewer is gone");
      return watchHere(caller, payload, brought);
    });
  }

  function watchHere(
    caller: Caller,
    payload: TerminalWatch,
    terminal: Terminal,
  ): TerminalWatchAck | Promise<TerminalWatchAck> {
    const { sessionId, since, ...wishes } = payload;
    const { peer, isOld } = caller;
    access.require(caller.principal, "read", terminal.projectId);
    const before = watches.remove(peer, sessionId);
    if (before !== undefined) before.terminal.unwatch(before.viewer);
    watches.makeRoom(peer);
    const wasWatching = before !== undefined || watchesIn(peer, terminal.projectId);

    const packed = wishes.packed === true && wishes.encoding === "binary" && !isOld;
    const options: ViewerOptions = {
      ...wishes,
      packed,
      sink: peer,
      peer,
      pacedBy: isOld ? "socket" : "acks",
    };
    const { viewer, ack } = terminal.watch(options, since);
    const added = { terminal, viewer };
    watches.add(peer, added);
    if (!wasWatching) deps.onWatching(caller, terminal.projectId, true);
    if (!(ack instanceof Promise)) return ack;
    return ack.catch((error: unknown) => {
      unwatch(caller, sessionId, added);
      throw error;
    });
  }

  /** @throws Fault `NOT_FOUND`, `FORBIDDEN` */
  function typable<T>(caller: Caller, sessionId: string, act: (terminal: Terminal) => T): T | Promise<T> {
    const judged = (terminal: Terminal): T => {
      access.require(caller.principal, "type", terminal.projectId);
      return act(terminal);
    };
    const terminal = terminalOf(sessionId);
    return terminal instanceof Promise ? terminal.then(judged) : judged(terminal);
  }

  return {
    "terminal:watch": watch,
    "terminal:unwatch": (caller, { sessionId }) => {
      unwatch(caller, sessionId);
      return {};
    },
    "terminal:ack": (caller, { sessionId, epoch, offset }) => {
      watches.get(caller.peer, sessionId)?.viewer.acked(epoch, offset);
      return {};
    },
    "terminal:input": async (caller, { sessionId, input, inputSeq, viewerId }) => {
      const { userId } = caller.principal;
      // Without a viewerId it is the client that numbers its inputs.
      const key = JSON.stringify([userId, viewerId ?? "", viewerId === undefined ? caller.clientId : ""]);
      // Who owns the terminal is told of no client's id: with it one could ask for that client's answers.
      const source = viewerId === undefined ? undefined : JSON.stringify([userId, viewerId]);
      await typable(caller, sessionId, (terminal) =>
        terminal.type(input, { who: caller.peer, key, inputSeq, source }),
      );
      return inputSeq === undefined ? {} : { inputSeq };
    },
    "terminal:resize": (caller, { sessionId, cols, rows, again }) =>
      typable(caller, sessionId, (terminal) => {
        terminal.wantSize(caller.peer, { cols, rows }, again);
        return {};
      }),
  };
}
