import type { IncomingMessage } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import type { Server } from "socket.io";
import { type EngineSocket, idleSocketOf, internalsOf } from "./engine.ts";

/**
 * What a new client is told at once leaves at once: each write is a packet of its own, and wakes the client for itself.
 * Held until this turn of the event loop is over, promises included, a reconnect takes two writes instead of five.
 */
function hold(socket: Pick<TcpSocket, "cork" | "uncork">): void {
  socket.cork();
  setImmediate(() => socket.uncork());
}

/** The answer to an upgrade, and Engine.IO's own handshake behind it. */
export function holdUpgrades(io: Server): void {
  io.engine.on("initial_headers", (_headers: unknown, request: IncomingMessage) => {
    if (request.headers.upgrade !== undefined) hold(request.socket);
  });
}

/**
 * A namespace that is about to be joined: Socket.IO's CONNECT, `connection_status`, the bootstrap replay, `state:synced`.
 * @returns where whole frames go as long as it is held; `undefined` while polling, or when something waits already
 */
export function holdGreeting(engine: EngineSocket): TcpSocket | undefined {
  const socket = idleSocketOf(internalsOf(engine));
  if (socket !== undefined) hold(socket);
  return socket;
}
