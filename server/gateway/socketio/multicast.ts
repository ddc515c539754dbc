import type { Namespace } from "socket.io";
import type { PeerTransport } from "../../core/ports/peer.ts";

/**
 * Sends to many sockets of one namespace, encoded once. Every socket is alone in the room of its own id, so a
 * broadcast to ids is one to exactly these sockets.
 */
export function createNamespaceTransport(namespace: Namespace): PeerTransport {
  return {
    multicast(peers, event, payload) {
      const ids: string[] = [];
      for (const { id } of peers) ids.push(id);
      namespace.to(ids).emit(event, payload);
    },
  };
}
