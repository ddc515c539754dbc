import { PacketType } from "socket.io-parser";
import type { HubOptions } from "../../../server/core/hub-options.ts";
import type { Clock } from "../../../server/core/ports/clock.ts";
import type { DetachReason, PeerTransport } from "../../../server/core/ports/peer.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Conditions } from "../conditions.ts";
import type { Served } from "../front.ts";
import { createMemoryLane } from "../memory-lane.ts";
import { wireClone } from "../wire-clone.ts";
import { createEngine, type Frame } from "./engine.ts";
import { createSocketSession, encode } from "./socket-session.ts";

/** What carries the frames of one connection: a WebSocket, or polls. */
export interface Carrier {
  send(frame: Frame): void;
  /** Ends it, after what was sent. */
  close(): void;
  /** Breaks it. */
  cut(): void;
}

/** One connection as its carrier sees it. */
export interface Carried {
  take(frame: Frame): void;
  /** The client ended the carrier, after what was taken. */
  ended(): void;
}

/** One connection as a test sees it. */
export interface WireConnection {
  cut(reason?: DetachReason): void;
  /** Clients are told no and do not come back by themselves. */
  refuse(message: string): void;
}

export interface WireConnectionsOptions {
  /** The server that answers now; asked at each connection, so that a restarted one is another. */
  readonly server: () => Served;
  readonly clock: Clock;
  readonly conditions: Conditions;
  readonly createId: () => string;
  /** Whether a connection counts as local (protocol section 3). */
  readonly local: boolean;
  readonly limits?: HubOptions["limits"];
}

/** The connections that speak Engine.IO and Socket.IO, whatever carries them. */
export interface WireConnections {
  readonly all: ReadonlySet<WireConnection>;
  open(carrier: Carrier): Carried;
}

export function createWireConnections(options: WireConnectionsOptions): WireConnections {
  const { clock, conditions, createId, local } = options;
  const { pingIntervalMs, pingTimeoutMs, frameBytes, authenticateMs } = { ...LIMITS, ...options.limits };
  const all = new Set<WireConnection>();
  const outlets = new WeakMap<object, (message: Frame) => void>();

  /** Encoded once a namespace for all of its peers. */
  const transport: PeerTransport = {
    multicast(peers, event, payload) {
      const copy = wireClone(payload);
      const encoded = new Map<string, readonly Frame[]>();
      for (const peer of peers) {
        const nsp = peer.namespace;
        const pieces = encoded.get(nsp) ?? encode({ type: PacketType.EVENT, nsp, data: [event, copy] });
        encoded.set(nsp, pieces);
        for (const piece of pieces) outlets.get(peer)?.(piece);
      }
    },
  };

  function open(carrier: Carrier): Carried {
    const id = createId();
    const network = { clock, conditions };
    const toClient = createMemoryLane(network);
    const toServer = createMemoryLane(network);
    const server = options.server();
    const engine = createEngine({
      ...{ sid: createId(), clock, pingIntervalMs, pingTimeoutMs, frameBytes },
      write: (frame) => toClient.push(() => carrier.send(frame)),
      hangUp: () => toClient.end(() => carrier.close()),
      message: (data) => session.take(data),
      closed(reason) {
        all.delete(connection);
        toServer.close();
        session.ended(reason);
      },
    });
    const send = (message: Frame): void => engine.send(message);
    const session = createSocketSession({
      server: {
        ...server,
        attach(peer, admission) {
          outlets.set(peer, send);
          server.attach(peer, admission);
        },
        detach(peer, reason) {
          outlets.delete(peer);
          server.detach(peer, reason);
        },
      },
      ...{ connection: id, transport, local, clock, createId, authenticateMs, send },
      close: (reason) => engine.close(reason),
    });
    const connection: WireConnection = {
      cut(reason = "transport close") {
        toClient.close();
        engine.close(reason, false);
        carrier.cut();
      },
      refuse(message) {
        session.refuse(message);
        engine.close("server namespace disconnect");
      },
    };
    all.add(connection);
    engine.open();
    return {
      take: (frame) => toServer.push(() => engine.take(frame)),
      ended() {
        toClient.close();
        toServer.end(() => engine.close("transport close", false));
      },
    };
  }

  return { all, open };
}
