import type { Namespace } from "../../sdk/protocol/index.ts";
import type { Attachment } from "../../server/core/attachment.ts";
import type { Peer, PeerTransport } from "../../server/core/ports/peer.ts";
import type { Principal } from "../../server/core/ports/principal.ts";

export interface Sent {
  readonly event: string;
  readonly payload: unknown;
}

/** A socket that writes down what it is sent. */
export interface RecordingPeer extends Peer {
  readonly sent: Sent[];
  isClosed: boolean;
  unsent: number;
}

/** How often something was encoded. */
export function createRecordingTransport(): PeerTransport & { multicasts: number } {
  const transport = {
    multicasts: 0,
    multicast(peers: ReadonlySet<Peer>, event: string, payload: unknown) {
      transport.multicasts += 1;
      for (const peer of peers) peer.send(event, payload);
    },
  };
  return transport;
}

export function aPeer(
  id: string,
  namespace: Namespace = "/ui",
  transport: PeerTransport = createRecordingTransport(),
): RecordingPeer {
  const peer: RecordingPeer = {
    id,
    namespace,
    connection: `connection of ${id}`,
    transport,
    sent: [],
    isClosed: false,
    unsent: 0,
    send: (event, payload) => void peer.sent.push({ event, payload }),
    request: () => Promise.reject(new Error("nobody answers")),
    close() {
      peer.isClosed = true;
    },
    unsentBytes: () => peer.unsent,
    whenDrained: (callback) => callback(),
  };
  return peer;
}

export const EDITOR: Principal = { userId: "u1", local: false, readsAll: true, roleIn: () => "editor" };

export function aCaller(fields: Partial<Attachment> = {}): Attachment {
  return {
    peer: aPeer("p"),
    principal: EDITOR,
    clientId: "c1",
    isOld: false,
    batch: false,
    rooms: new Set(),
    ...fields,
  };
}
