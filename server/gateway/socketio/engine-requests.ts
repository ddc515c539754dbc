import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Server } from "socket.io";
import { refuseUpgrade } from "../refuse-upgrade.ts";
import type { Connections } from "./connections.ts";

export interface EngineRequests {
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface EngineRequestsOptions {
  readonly io: Server;
  readonly connections: Connections;
  readonly isLocal: (request: IncomingMessage) => boolean;
}

/** Hands requests of the Socket.IO path to Engine.IO, past checks that it does not make. */
export function createEngineRequests({ io, connections, isLocal }: EngineRequestsOptions): EngineRequests {
  /** A connection that is trusted for being local stays so only while all of its requests are. */
  const isStranger = (request: IncomingMessage): boolean =>
    connections.bySid(sidOf(request))?.local === true && !isLocal(request);

  return {
    handleRequest(request, response) {
      if (isStranger(request)) return void response.writeHead(403).end();
      response.once("finish", () => {
        // Too large a POST is only refused by Engine.IO; over WebSocket it ends the connection, so here too.
        if (response.statusCode === 413) connections.bySid(sidOf(request))?.close();
      });
      try {
        io.engine.handleRequest(request, response);
      } catch {
        if (!response.headersSent) response.writeHead(400);
        response.end();
      }
    },
    handleUpgrade(request, socket, head) {
      if (isStranger(request)) return refuseUpgrade(socket, 403);
      try {
        io.engine.handleUpgrade(request, socket, head);
      } catch {
        refuseUpgrade(socket, 400);
      }
    },
  };
}

function sidOf(request: IncomingMessage): string {
  const query = request.url?.split("?", 2)[1] ?? "";
  return new URLSearchParams(query).get("sid") ?? "";
}
