import { createServer, type IncomingMessage } from "node:http";
import { Server, type Socket } from "socket.io";
import { LIMITS, NAMESPACES, type Namespace, type Rejection } from "../../../sdk/protocol/index.ts";
import type { Hub } from "../../core/hub.ts";
import type { Log } from "../../core/ports/log.ts";
import type { PeerTransport } from "../../core/ports/peer.ts";
import type { Connection } from "./connection.ts";
import { createConnections } from "./connections.ts";
import { detachReasonOf } from "./detach-reason.ts";
import { createEngineRequests, type EngineRequests } from "./engine-requests.ts";
import { holdGreeting, holdUpgrades } from "./greeting.ts";
import { createNamespaceTransport } from "./multicast.ts";
import { SocketPeer } from "./socket-peer.ts";

export interface SocketGatewayOptions {
  readonly hub: Pick<Hub, "admit" | "attach" | "receive" | "detach">;
  readonly log: Log;
  readonly createId: () => string;
  /** Whether a request comes from this machine's own user (protocol section 3). */
  readonly isLocal: (request: IncomingMessage) => boolean;
  readonly limits?: Partial<SocketLimits>;
}

export interface SocketLimits {
  readonly frameBytes: number;
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  readonly authenticateMs: number;
  /** What a connection may send before it joined its first namespace: a handshake is far smaller. */
  readonly strangerBytes: number;
}

/** The Socket.IO edge. It owns no port: the one who does hands over the requests and upgrades of its path. */
export interface SocketGateway extends EngineRequests {
  /** Open Engine.IO connections. */
  connections(): number;
  /** Attached sockets by namespace. */
  counts(): Readonly<Record<Namespace, number>>;
  /** Disconnects everybody; idempotent. */
  close(): Promise<void>;
}

/** Where Socket.IO is served. */
export const SOCKET_PATH = "/socket.io/";

const FORGOTTEN: Readonly<Record<string, never>> = Object.freeze({});
const NO_ROOMS = { addAll: () => undefined, del: () => undefined, delAll: () => undefined };

interface Admitted {
  readonly admission: Parameters<Hub["attach"]>[1];
  readonly greeting: ReturnType<typeof holdGreeting>;
}
type Refusal = Extract<Awaited<ReturnType<Hub["admit"]>>, { ok: false }>;

export function createSocketGateway(options: SocketGatewayOptions): SocketGateway {
  const { hub, log } = options;
  const limits: SocketLimits = { ...LIMITS, strangerBytes: 64 * 1024, ...options.limits };
  // Socket.IO wants a server to hang on to; this one never listens, so nothing reaches it past `handleRequest`.
  const io = new Server(createServer(), {
    serveClient: false,
    transports: ["polling", "websocket"],
    maxHttpBufferSize: limits.frameBytes,
    pingInterval: limits.pingIntervalMs,
    pingTimeout: limits.pingTimeoutMs,
    connectTimeout: limits.authenticateMs,
    perMessageDeflate: false,
  });
  const connections = createConnections(io, { ...options, ...limits });
  const admissions = new WeakMap<Socket, Admitted>();
  holdUpgrades(io);

  /** A client must not be able to end the process, whatever it found. */
  const guarded = (peer: SocketPeer, what: string, run: () => void): void => {
    try {
      run();
    } catch (error) {
      log.error({ err: error, namespace: peer.namespace, connectionId: peer.id }, what);
    }
  };

  const attach = (socket: Socket, transport: PeerTransport): void => {
    const admitted = admissions.get(socket);
    const connection = connections.of(socket.conn);
    if (admitted === undefined || connection === undefined) return void socket.disconnect();
    const { admission, greeting } = admitted;
    admissions.delete(socket);
    // Judged and not looked at again, its token above all.
    socket.handshake.auth = FORGOTTEN;
    const peer = new SocketPeer(socket, connection, transport, greeting);
    connection.joined();
    log.info({ connectionId: peer.id, namespace: peer.namespace }, "connected");
    Object.assign(socket, { data: peer, ack });
    hear(socket, connection, peer);
    guarded(peer, "a connection broke its handler", () => hub.attach(peer, admission));
  };

  /** Stands alone, so that what the listeners keep for as long as the socket lives is only what they need. */
  function hear(socket: Socket, connection: Connection, peer: SocketPeer): void {
    socket.onAny((event: unknown, ...args: unknown[]) => {
      // Socket.IO hands over what was read before the disconnect too.
      if (!socket.connected) return;
      const ack = typeof args.at(-1) === "function" ? (args.pop() as (answer: unknown) => void) : undefined;
      guarded(peer, "an event broke its handler", () => hub.receive(peer, String(event), args[0], ack));
    });
    socket.once("disconnect", (reason) => {
      connection.left();
      peer.gone();
      log.info({ connectionId: peer.id, namespace: peer.namespace, reason }, "disconnected");
      guarded(peer, "a disconnect broke its handler", () => hub.detach(peer, detachReasonOf(reason)));
    });
  }

  for (const name of NAMESPACES) {
    const namespace = io.of(name);
    // Rooms are the core's: Socket.IO's own would cost every socket two sets with itself in them.
    Object.assign(namespace.adapter, NO_ROOMS);
    namespace.use((socket, next) => {
      const connection = connections.of(socket.conn);
      if (connection === undefined) return next(rejection({ message: "Closed", code: "UNAVAILABLE" }));
      const { id, local } = connection;
      hub.admit({ namespace: name, auth: socket.handshake.auth, local, connection: id }).then(
        (verdict) => {
          if (!verdict.ok) {
            connection.rejected();
            return next(rejection(verdict));
          }
          admissions.set(socket, { admission: verdict.admission, greeting: holdGreeting(socket.conn) });
          next();
        },
        (error: unknown) => {
          log.error({ err: error, namespace: name }, "a connection could not be judged");
          next(rejection({ message: "The server cannot admit anybody now", code: "UNAVAILABLE" }));
        },
      );
    });
    const transport = createNamespaceTransport(name);
    namespace.on("connection", (socket) => attach(socket, transport));
  }

  let closing: Promise<void> | undefined;
  return {
    ...createEngineRequests({ io, connections, isLocal: options.isLocal }),
    connections: connections.count,
    counts: () => {
      const counts = NAMESPACES.map((name) => [name, io.of(name).sockets.size]);
      // One entry for each of the names.
      return Object.fromEntries(counts) as Record<Namespace, number>;
    },
    close: () => (closing ??= io.close()),
  };
}

/**
 * Socket.IO asks this for the ack of an event that wants one: answers go the way of events, which is shorter. One
 * function for all sockets, whose peer stands in their `data`.
 */
function ack(this: Socket, id: number): (answer: unknown) => void {
  // Put there with this function.
  const peer = this.data as SocketPeer;
  return (answer) => peer.answer(id, answer);
}

function rejection({ message, code, retryAfterMs }: Omit<Refusal, "ok">): Error {
  const data: Rejection = { code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  return Object.assign(new Error(message), { data });
}
