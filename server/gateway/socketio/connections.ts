import type { IncomingMessage } from "node:http";
import type { Server } from "socket.io";
import { Connection, type ConnectionLimits } from "./connection.ts";
import type { EngineSocket } from "./engine.ts";

/** Every open Engine.IO connection. */
export interface Connections {
  /** `undefined` when it was closed meanwhile: Socket.IO still asks for it then. */
  of(engine: EngineSocket): Connection | undefined;
  /** By the `sid` that later requests of a connection carry. */
  bySid(sid: string): Connection | undefined;
  count(): number;
}

export interface ConnectionsOptions extends ConnectionLimits {
  readonly createId: () => string;
  readonly isLocal: (request: IncomingMessage) => boolean;
}

export function createConnections(io: Server, options: ConnectionsOptions): Connections {
  const connections = new Map<string, Connection>();

  io.engine.on("connection", (engine: EngineSocket) => {
    const sid = sidOf(engine);
    const connection = new Connection(engine, options.createId(), options.isLocal(engine.request), options);
    forgetRequest(engine);
    connections.set(sid, connection);
    engine.once("close", () => {
      connections.delete(sid);
      connection.closed();
    });
  });

  return {
    of: (engine) => connections.get(sidOf(engine)),
    bySid: (sid) => connections.get(sid),
    count: () => connections.size,
  };
}

/**
 * The request that opened a connection was judged: nothing reads it again, and with its headers it is most of what an
 * idle connection need not hold. @see https://socket.io/docs/v4/memory-usage/
 */
function forgetRequest(engine: EngineSocket): void {
  // Read-only in its types; Socket.IO, which reads it when a namespace is joined, does without.
  (engine as unknown as { request: IncomingMessage | null }).request = null;
}

/** Private in its types, and never shown to anybody: only compared with the `sid` of a request. */
function sidOf(engine: EngineSocket): string {
  return (engine as unknown as { readonly id: string }).id;
}
