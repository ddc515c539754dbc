import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { LOCAL_PRINCIPAL } from "../../server/auth/principals.ts";
import type { DetachReason, Peer } from "../../server/core/ports/peer.ts";
import {
  createSocketGateway,
  type SocketGateway,
  type SocketLimits,
} from "../../server/gateway/socketio/socket-gateway.ts";
import { PATIENCE_MS } from "../support/patience.ts";

export interface Received {
  readonly peer: Peer;
  readonly event: string;
  readonly payload: unknown;
  readonly ack?: (answer: unknown) => void;
}

/** The socket edge alone, with all that it tells the core written down. */
export interface Edge {
  readonly url: string;
  readonly gateway: SocketGateway;
  /** Peers in the order of their arrival. */
  readonly peers: Peer[];
  readonly received: Received[];
  readonly errors: string[];
  /** Why a peer went away, as soon as it did. */
  detached(peer: Peer): Promise<DetachReason>;
}

export async function startEdge(
  limits: Partial<SocketLimits> = {},
  overrides: { attach?: (peer: Peer) => void; receive?: (received: Received) => void } = {},
): Promise<Edge> {
  const peers: Peer[] = [];
  const received: Received[] = [];
  const errors: string[] = [];
  const gone = new Map<Peer, DetachReason>();
  const leaving = new EventTarget();
  let ids = 0;
  const gateway = createSocketGateway({
    hub: {
      admit: async ({ namespace, connection }) => ({
        ok: true,
        admission: { namespace, connection, principal: LOCAL_PRINCIPAL, handshake: {} },
      }),
      attach(peer) {
        peers.push(peer);
        overrides.attach?.(peer);
        peer.send("ready", {});
      },
      receive(peer, event, payload, ack) {
        const told: Received = { peer, event, payload, ...(ack === undefined ? {} : { ack }) };
        received.push(told);
        overrides.receive?.(told);
      },
      detach(peer, reason) {
        gone.set(peer, reason);
        leaving.dispatchEvent(new Event("left"));
      },
    },
    log: {
      debug() {},
      info() {},
      warn: (_fields, message) => void errors.push(message),
      error: (_fields, message) => void errors.push(message),
    },
    createId: () => `id-${++ids}`,
    isLocal: () => true,
    limits,
  });
  const server = createServer(gateway.handleRequest);
  server.on("upgrade", gateway.handleUpgrade);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    await gateway.close();
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  async function detached(peer: Peer): Promise<DetachReason> {
    for (;;) {
      const reason = gone.get(peer);
      if (reason !== undefined) return reason;
      await once(leaving, "left", { signal: AbortSignal.timeout(PATIENCE_MS) });
    }
  }
  return { url: `http://127.0.0.1:${port}`, gateway, peers, received, errors, detached };
}
