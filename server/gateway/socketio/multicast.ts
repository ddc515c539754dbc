import type { PeerTransport } from "../../core/ports/peer.ts";
import { encodePacket } from "./packet.ts";
import type { SocketPeer } from "./socket-peer.ts";

/** Sends to many sockets of one namespace, encoded and framed once. */
export function createNamespaceTransport(namespace: string): PeerTransport {
  return {
    multicast(peers, event, payload) {
      const encoded = encodePacket(namespace, { event, payload });
      // Only such peers name this transport as theirs.
      for (const peer of peers) (peer as SocketPeer).deliver(encoded);
    },
  };
}
