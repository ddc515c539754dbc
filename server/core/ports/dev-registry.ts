import type { AppSocket } from "../../../sdk/protocol/index.ts";
import type { Peer } from "./peer.ts";

/**
 * Which sockets work on which resource of a project. One server keeps them in memory; several share them, and entries
 * of a dead node expire within 45 s.
 */
export interface DevRegistry {
  /** Entries of one socket, one a resource; an earlier one of the same resource is replaced. */
  add(projectId: string, peer: Peer, entries: readonly AppSocket[]): Promise<void>;
  list(projectId: string, resourceGuid: string): Promise<readonly AppSocket[]>;
  /** The resources this server's socket registered for. */
  guidsOf(peer: Peer): readonly string[];
  /** Sends an event to every other socket of these resources, on any node, one copy each; `from` is of this server. */
  relay(
    projectId: string,
    guids: readonly string[],
    from: Peer | undefined,
    event: string,
    payload: unknown,
  ): Promise<void>;
  remove(peer: Peer): void;
  /** Sockets of this server with an entry. */
  readonly registered: number;
}
