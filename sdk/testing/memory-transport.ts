import type { Hub } from "../../server/core/hub.ts";
import type { Clock } from "../../server/core/ports/clock.ts";
import type { DetachReason, Peer, PeerTransport } from "../../server/core/ports/peer.ts";
import type { CloseCause, ConnectTransport, Transport, Wire, WireListener } from "../connection/transport.ts";
import { NAMESPACES, type Namespace } from "../protocol/auth.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { Conditions } from "./conditions.ts";
import { createMemoryLane, type LaneNetwork } from "./memory-lane.ts";
import { createMemorySocket, type MemorySocket } from "./memory-socket.ts";
import { wireClone } from "./wire-clone.ts";

export interface MemoryNetworkOptions {
  /** The server that answers now; asked at each attempt, so that a restarted one is another. */
  readonly hub: () => Pick<Hub, "admit" | "attach" | "receive" | "detach">;
  readonly clock: Clock;
  readonly createId: () => string;
  /** Whether connections count as local (protocol section 3). Default: yes. */
  readonly local?: boolean;
  /** Faults of the network. Default: it has none. */
  readonly conditions?: Conditions;
  /** For half-open links: how long until both ends give one up. Default: pings as the protocol has them. */
  readonly silenceMs?: number;
}

/** One connection with its namespaces. */
export interface MemoryConnection {
  /** The network breaks: both ends find out at once, what was on its way is lost. */
  cut(reason?: DetachReason): void;
  /** Clients are told no and do not come back by themselves. */
  refuse(message: string): void;
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
  options: MemoryNetworkOptions,
  transport: PeerTransport,
  connections: Set<MemoryConnection>,
): Transport {
  const { clock, createId, local = true, conditions } = options;
  const { silenceMs = LIMITS.pingIntervalMs + LIMITS.pingTimeoutMs } = options;
  const network: LaneNetwork | undefined = conditions === undefined ? undefined : { clock, conditions };
  const id = createId();
  const server = options.hub();
  const sockets = new Set<MemorySocket>();
  /** Attempts that are being judged. */
  const asking = new Set<WireListener>();
  const opening = createMemoryLane(network);
  let isClosed = conditions?.isOffline === true;
  let cancelSilence: (() => void) | undefined;

  const connection: MemoryConnection = {
    cut: (reason = "transport close") => endAll(reason, { kind: "lost", message: reason }, false),
    refuse: (message) =>
      endAll("server namespace disconnect", { kind: "rejected", message, code: "FORBIDDEN" }, false),
  };
  if (!isClosed) connections.add(connection);
  const stopWatching = conditions?.onChange(watchSilence) ?? (() => undefined);
  watchSilence();

  /** What pings find out on a real network: that a link passes nothing any more. */
  function watchSilence(): void {
    const isSilent = conditions?.isBlackhole === true && !isClosed;
    if (isSilent) cancelSilence ??= clock.schedule(silenceMs, () => connection.cut("ping timeout"));
    if (isSilent || cancelSilence === undefined) return;
    cancelSilence();
    cancelSilence = undefined;
  }

  function leaveNetwork(): void {
    isClosed = true;
    connections.delete(connection);
    opening.close();
    stopWatching();
    watchSilence();
  }

  function endAll(reason: DetachReason, cause: CloseCause, orderly: boolean): void {
    if (isClosed) return;
    leaveNetwork();
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
    const verdict = await server.admit({ namespace, auth, local, connection: id });
    if (!asking.delete(listener)) return;
    if (!verdict.ok) {
      const { message, code, retryAfterMs } = verdict;
      const after = retryAfterMs === undefined ? {} : { retryAfterMs };
      asking.add(listener);
      opening.push(() => {
        if (asking.delete(listener)) listener.closed({ kind: "rejected", message, code, ...after });
      });
      return;
    }
    const socket = createMemorySocket({
      id: createId(),
      namespace,
      connection: id,
      transport,
      listener,
      frameBytes: LIMITS.frameBytes,
      schedule: clock.schedule,
      network,
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
    if (isClosed) queueMicrotask(() => listener.closed({ kind: "lost", message: "not connected" }));
    else if (known === undefined) {
      queueMicrotask(() => listener.closed({ kind: "rejected", message: "Invalid namespace" }));
    } else {
      asking.add(listener);
      const said = wireClone(auth);
      opening.push(() => {
        if (!asking.has(listener)) return;
        void ask(known, said, listener, (made) => {
          socket = made;
        });
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
      leaveNetwork();
      asking.clear();
      for (const socket of [...sockets]) socket.abandon("client namespace disconnect");
    },
  };
}
