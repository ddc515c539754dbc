import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type ServerOptions, type Socket } from "socket.io";

/** A plain socket.io server that greets as the protocol says. */
export interface SocketServer {
  readonly io: Server;
  readonly http: HttpServer;
  readonly url: string;
  /** Sockets that were greeted, in order, of any namespace. */
  readonly sockets: Socket[];
  close(): Promise<void>;
}

export async function startSocketServer(
  options: Partial<ServerOptions> = {},
  namespaces: readonly string[] = ["/ui", "/terminal"],
  host = "127.0.0.1",
): Promise<SocketServer> {
  const http = createServer();
  const io = new Server(http, options);
  const sockets: Socket[] = [];
  for (const namespace of namespaces) {
    io.of(namespace).on("connection", (socket) => {
      sockets.push(socket);
      socket.emit("connection_status", {
        status: "connected",
        connectionId: socket.id,
        clientId: "c",
        serverId: "s",
        protocol: 1,
        serverTime: Date.now(),
        pingIntervalMs: options.pingInterval ?? 25_000,
        pingTimeoutMs: options.pingTimeout ?? 20_000,
      });
    });
  }
  http.listen(0, host);
  await once(http, "listening");
  const { port } = http.address() as AddressInfo;
  return {
    io,
    http,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    sockets,
    close: () => io.close(),
  };
}
