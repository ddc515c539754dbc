import type { Hub } from "../../server/core/hub.ts";
import type { Clock } from "../../server/core/ports/clock.ts";
import type { DetachReason, Peer, PeerTransport } from "../../server/core/ports/peer.ts";
import type { CloseCause, ConnectTransport, Transport, Wire, WireListener } from "../connection/transport.ts";
import { NAMESPACES, type Namespace } from "../protocol/auth.ts";
import { LIMITS } from "../protocol/limits.ts";
import { createMemorySocket, type MemorySocket } from "./memory-socket.ts";
import { wireClone } from "./wire-clone.ts";

export interface MemoryNetworkOptions {
  /** The server that answers now; asked at each attempt, so that a restarted one is another. */
  readonly hub: () => Pick<Hub, "admit" | "attach" | "receive" | "detach">;
  readonly clock: Clock;
  readonly createId: () => string;
  /** Whether connections count as local (protocol section 3). Default: yes. */
  readonly local?: boolean;
}

/** One connection with its namespaces. */
export interface MemoryConnection {
  /** The network breaks: both ends find out at once, what was on its way is lost. */
  cut(reason?: DetachReason): void;
}

export interface MemoryNetwork {
  readonly connect: ConnectTransport;
  readonly connections: ReadonlySet<MemoryConnection>;
}

/**
 * A network within one process: the same core as the real server behind the same port as the real client's.
 * Payloads are cloned as JSON would, everything arrives later and in order.
 */
export function createMemoryNetwork(options: MemoryNetworkOptions): MemoryNetwork {
  const connections = new Set<MemoryConnection>();
  const multicast: PeerTransport = {
    multicast(peers, event, payload) {
      for (const peer of peers) peer.send(event, payload);
    },
  };
  return {
    connections,
    connect: () => createMemoryConnection(options, multicast, connections),
  };
}

function createMemoryConnection(
  { hub, clock, createId, local = true }: MemoryNetworkOptions,
  transport: PeerTransport,
  connections: Set<MemoryConnection>,
): Transport {
  const id = createId();
  const server = hub();
  const sockets = new Set<MemorySocket>();
  /** Attempts that are being judged. */
  const asking = new Set<WireListener>();
  let isClosed = false;

  const connection: MemoryConnection = {
    cut: (reason = "transport close") => endAll(reason, { kind: "lost", message: reason }, false),
  };
  connections.add(connection);

  function endAll(reason: DetachReason, cause: CloseCause, orderly: boolean): void {
    if (isClosed) return;
    isClosed = true;
    connections.delete(connection);
    for (const listener of asking) queueMicrotask(() => listener.closed(cause));
    asking.clear();
    for (const socket of [...sockets]) socket.end(reason, cause, orderly);
  }

  async function ask(
    namespace: Namespace,
    auth: unknown,
    listener: WireListener,
    joined: (socket: MemorySocket) => void,
  ) {
    const verdict = await server.admit({ namespace, auth: wireClone(auth), local, connection: id });
    if (!asking.delete(listener)) return;
    if (!verdict.ok) {
      const { message, code, retryAfterMs } = verdict;
      const after = retryAfterMs === undefined ? {} : { retryAfterMs };
      return listener.closed({ kind: "rejected", message, code, ...after });
    }
    const socket = createMemorySocket({
      id: createId(),
      namespace,
      connection: id,
      transport,
      listener,
      frameBytes: LIMITS.frameBytes,
      schedule: clock.schedule,
      server: {
        receive: server.receive,
        detach(peer: Peer, reason) {
          sockets.delete(socket);
          server.detach(peer, reason);
        },
      },
      closeConnection: (reason, cause) => endAll(reason, cause, cause.kind === "kicked"),
    });
    sockets.add(socket);
    joined(socket);
    socket.joined();
    server.attach(socket.peer, verdict.admission);
  }

  function join(namespace: string, auth: Readonly<Record<string, unknown>>, listener: WireListener): Wire {
    const known = NAMESPACES.find((name) => name === namespace);
    let socket: MemorySocket | undefined;
    if (isClosed) queueMicrotask(() => listener.closed({ kind: "lost", message: "closed" }));
    else if (known === undefined) {
      queueMicrotask(() => listener.closed({ kind: "rejected", message: "Invalid namespace" }));
    } else {
      asking.add(listener);
      void ask(known, auth, listener, (made) => {
        socket = made;
      });
    }
    return {
      send: (event, payload) => socket?.wire.send(event, payload),
      request: (event, payload, answer) => socket?.wire.request(event, payload, answer),
      leave() {
        asking.delete(listener);
        socket?.wire.leave();
      },
    };
  }

  return {
    join,
    close() {
      if (isClosed) return;
      isClosed = true;
      connections.delete(connection);
      asking.clear();
      for (const socket of [...sockets]) socket.abandon("client namespace disconnect");
    },
  };
}
