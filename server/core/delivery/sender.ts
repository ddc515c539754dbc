import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import type { Peer, PeerTransport } from "../ports/peer.ts";
import type { Lane, Room } from "../rooms.ts";
import type { Pressure } from "./pressure.ts";

/** Sends one event to many, encoded once a transport; a transport that fails harms no other. */
export interface Sender {
  lane(lane: Lane, event: string, payload: unknown): void;
  room(room: Room | undefined, event: string, payload: unknown): void;
  peers(peers: Iterable<Peer>, event: string, payload: unknown): void;
}

export function createSender(log: Log, meter: Meter, pressure: Pressure): Sender {
  function multicast(
    transport: PeerTransport,
    peers: ReadonlySet<Peer>,
    event: string,
    payload: unknown,
  ): void {
    try {
      transport.multicast(peers, event, payload);
    } catch (error) {
      meter.count("send_errors");
      log.error({ err: error, event }, "an event could not be sent");
    }
  }

  const lane: Sender["lane"] = (byTransport, event, payload) => {
    for (const [transport, peers] of byTransport) multicast(transport, peers, event, payload);
    pressure.sent();
  };

  return {
    lane,
    room(room, event, payload) {
      if (room === undefined) return;
      lane(room.single, event, payload);
      lane(room.batched, event, payload);
    },
    peers(peers, event, payload) {
      const byTransport = new Map<PeerTransport, Set<Peer>>();
      for (const peer of peers) {
        const known = byTransport.get(peer.transport);
        if (known === undefined) byTransport.set(peer.transport, new Set([peer]));
        else known.add(peer);
      }
      lane(byTransport, event, payload);
    },
  };
}
