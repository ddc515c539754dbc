import { Fault } from "../fault.ts";
import type { Peer } from "../ports/peer.ts";
import type { Owner } from "./owner.ts";
import type { Stream } from "./stream.ts";
import type { Terminal } from "./terminal.ts";

/** What an owner's `ptyId` stands for once it is registered. */
export interface Binding {
  readonly terminal: Terminal;
  readonly owner: Owner;
  readonly stream: Stream;
}

/** One `ptyId` of one socket. */
export interface Pty {
  binding: Binding | undefined;
  /** While the register is under way: what comes meanwhile waits for it. Never rejects. */
  pending: Promise<void> | undefined;
  waitingBytes: number;
}

/** The ids that sockets gave their PTYs; unique per socket only. */
export interface Ptys {
  /** @throws Fault `CONFLICT` when the id stands for a living terminal of another session, or there are too many */
  open(peer: Peer, ptyId: string, sessionId: string): Pty;
  /** The register failed: the id stands for what it stood for. */
  giveUp(peer: Peer, ptyId: string, pty: Pty): void;
  /** @throws Fault `NOT_FOUND` */
  get(peer: Peer, ptyId: string): Pty;
  has(peer: Peer, ptyId: string, pty: Pty): boolean;
  /** What the ids of a socket stand for. */
  of(peer: Peer): readonly Binding[];
  /** The socket is gone. */
  drop(peer: Peer): void;
}

/** Whether the pty still speaks for its terminal; after the end it may say again what was said. */
export function isCurrent({ terminal, owner, stream }: Binding): boolean {
  return terminal.owner === owner || (terminal.stream === stream && stream.exit !== undefined);
}

export function createPtys(limit: number): Ptys {
  const peers = new Map<Peer, Map<string, Pty>>();
  const isLive = ({ binding, pending }: Pty): boolean =>
    pending !== undefined || (binding !== undefined && binding.terminal.owner === binding.owner);

  const makeRoom = (ptys: Map<string, Pty>): void => {
    if (ptys.size < limit) return;
    for (const [ptyId, pty] of ptys) if (!isLive(pty)) ptys.delete(ptyId);
    if (ptys.size >= limit) {
      throw new Fault("CONFLICT", "The socket has too many terminals", { details: { limit } });
    }
  };

  return {
    open(peer, ptyId, sessionId) {
      const ptys = peers.get(peer) ?? new Map<string, Pty>();
      const known = ptys.get(ptyId);
      const isTaken = known !== undefined && isLive(known) && known.binding?.terminal.sessionId !== sessionId;
      if (isTaken) throw new Fault("CONFLICT", `The ptyId ${ptyId} is taken`);
      if (known === undefined) makeRoom(ptys);
      const pty: Pty = { binding: known?.binding, pending: undefined, waitingBytes: 0 };
      ptys.set(ptyId, pty);
      peers.set(peer, ptys);
      return pty;
    },
    giveUp(peer, ptyId, pty) {
      const ptys = peers.get(peer);
      if (pty.binding === undefined && ptys?.get(ptyId) === pty) ptys.delete(ptyId);
      if (ptys?.size === 0) peers.delete(peer);
    },
    get(peer, ptyId) {
      const pty = peers.get(peer)?.get(ptyId);
      if (pty === undefined) throw new Fault("NOT_FOUND", `No terminal is registered as ptyId ${ptyId}`);
      return pty;
    },
    has: (peer, ptyId, pty) => peers.get(peer)?.get(ptyId) === pty,
    of: (peer) => [...(peers.get(peer)?.values() ?? [])].flatMap(({ binding }) => binding ?? []),
    drop: (peer) => void peers.delete(peer),
  };
}
