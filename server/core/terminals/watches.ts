import { Fault } from "../fault.ts";
import type { Peer } from "../ports/peer.ts";
import type { Terminal } from "./terminal.ts";
import type { Viewer } from "./viewer.ts";

export interface Watch {
  readonly terminal: Terminal;
  readonly viewer: Viewer;
}

/** Who watches what: a socket watches a session once, a second time takes the place of the first. */
export interface Watches {
  /** For one more. @throws Fault `CONFLICT` when the socket watches too many */
  makeRoom(peer: Peer): void;
  add(peer: Peer, watch: Watch): void;
  get(peer: Peer, sessionId: string): Watch | undefined;
  /** Takes it out, unless another took its place. */
  remove(peer: Peer, sessionId: string, watch?: Watch): Watch | undefined;
  of(peer: Peer): readonly Watch[];
  /** The terminal is no more. */
  forget(terminal: Terminal): void;
}

export function createWatches(limit: number): Watches {
  const peers = new Map<Peer, Map<string, Watch>>();
  return {
    makeRoom(peer) {
      if ((peers.get(peer)?.size ?? 0) < limit) return;
      throw new Fault("CONFLICT", "The socket watches too many terminals", { details: { limit } });
    },
    add(peer, watch) {
      const watches = peers.get(peer) ?? new Map<string, Watch>();
      watches.set(watch.terminal.sessionId, watch);
      peers.set(peer, watches);
    },
    get: (peer, sessionId) => peers.get(peer)?.get(sessionId),
    remove(peer, sessionId, watch) {
      const watches = peers.get(peer);
      const found = watches?.get(sessionId);
      if (found === undefined || (watch !== undefined && found !== watch)) return undefined;
      watches?.delete(sessionId);
      if (watches?.size === 0) peers.delete(peer);
      return found;
    },
    forget({ sessionId }) {
      for (const [peer, watches] of peers) {
        watches.delete(sessionId);
        if (watches.size === 0) peers.delete(peer);
      }
    },
    of: (peer) => [...(peers.get(peer)?.values() ?? [])],
  };
}
