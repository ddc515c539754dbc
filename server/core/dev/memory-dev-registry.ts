import type { AppSocket } from "../../../sdk/protocol/index.ts";
import type { Sender } from "../delivery/sender.ts";
import { Fault } from "../fault.ts";
import type { DevRegistry } from "../ports/dev-registry.ts";
import type { Peer } from "../ports/peer.ts";

/** Resources one socket may register for. */
const MAX_RESOURCES = 200;

/** The registry of one server. */
export function createMemoryDevRegistry(sender: Sender): DevRegistry {
  /** By "project guid"; no project id holds a space. */
  const byResource = new Map<string, Map<Peer, AppSocket>>();
  const bySocket = new Map<Peer, Map<string, string>>();
  const keyOf = (projectId: string, guid: string): string => `${projectId} ${guid}`;

  return {
    get registered() {
      return bySocket.size;
    },
    async add(projectId, peer, entries) {
      const own = bySocket.get(peer) ?? new Map<string, string>();
      for (const entry of entries) {
        const key = keyOf(projectId, entry.resourceGuid);
        if (!own.has(key) && own.size >= MAX_RESOURCES) {
          throw new Fault("CONFLICT", `A socket registers for at most ${MAX_RESOURCES} resources`, {
            details: { limit: MAX_RESOURCES },
          });
        }
        bySocket.set(peer, own);
        own.set(key, entry.resourceGuid);
        const sockets = byResource.get(key) ?? new Map<Peer, AppSocket>();
        byResource.set(key, sockets);
        sockets.set(peer, entry);
      }
    },
    async list(projectId, guid) {
      return [...(byResource.get(keyOf(projectId, guid))?.values() ?? [])];
    },
    guidsOf: (peer) => [...(bySocket.get(peer)?.values() ?? [])],
    async relay(projectId, guids, from, event, payload) {
      const others = new Set(
        guids.flatMap((guid) => [...(byResource.get(keyOf(projectId, guid))?.keys() ?? [])]),
      );
      if (from !== undefined) others.delete(from);
      if (others.size > 0) sender.peers(others, event, payload);
    },
    remove(peer) {
      for (const key of bySocket.get(peer)?.keys() ?? []) {
        const sockets = byResource.get(key);
        sockets?.delete(peer);
        if (sockets?.size === 0) byResource.delete(key);
      }
      bySocket.delete(peer);
    },
  };
}
