import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Origins } from "../auth/origins.ts";
import { refuseUpgrade, refuseUpgradeWith } from "../gateway/refuse-upgrade.ts";
import { SOCKET_PATH, type SocketGateway } from "../gateway/socketio/socket-gateway.ts";
import type { WebSocketGateway } from "../gateway/websocket/websocket-gateway.ts";
import { FOREIGN_ORIGIN, guardOrigin } from "./origin-guard.ts";

export interface EdgeOptions {
  readonly origins: Origins;
  readonly sockets: Pick<SocketGateway, "handleRequest" | "handleUpgrade">;
  readonly plain: Pick<WebSocketGateway, "handleUpgrade">;
  /** Everything that is not Socket.IO. */
  readonly app: (request: IncomingMessage, response: ServerResponse) => void;
  /** Which paths are ours beside an application that has its own. */
  readonly owns: (path: string) => boolean;
}

export interface Edge {
  /**
   * Takes over a server's requests and upgrades. Requests that are not ours go to the listeners it had; a server that
   * had none is ours altogether. Returns how to leave it as it was.
   */
  mount(server: Server): () => void;
}

/** The door of the process: where a request belongs, and whether its origin may come in at all. */
export function createEdge({ origins, sockets, plain, app, owns }: EdgeOptions): Edge {
  const isSocketPath = (path: string): boolean => path.startsWith(SOCKET_PATH);

  function serve(request: IncomingMessage, response: ServerResponse, path: string): void {
    if (!guardOrigin(origins, request, response)) return;
    if (isSocketPath(path)) sockets.handleRequest(request, response);
    else app(request, response);
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, path: string): void {
    if (!origins.allows(request.headers.origin)) refuseUpgradeWith(socket, FOREIGN_ORIGIN);
    else if (isSocketPath(path)) sockets.handleUpgrade(request, socket, head);
    else if (path === "/ws" || path === "/") plain.handleUpgrade(request, socket, head);
    else refuseUpgrade(socket, 404);
  }

  return {
    mount(server) {
      // Node's own types for "request" listeners; they are called as Node would.
      const theirs = server.listeners("request") as Array<
        (req: IncomingMessage, res: ServerResponse) => void
      >;
      const isAlone = theirs.length === 0;
      const isOurs = (path: string): boolean => isAlone || isSocketPath(path) || owns(path);

      const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
        const path = pathOf(request);
        if (isOurs(path)) serve(request, response, path);
        else for (const listener of theirs) listener.call(server, request, response);
      };
      const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
        const path = pathOf(request);
        if (isOurs(path)) upgrade(request, socket, head, path);
        else if (server.listenerCount("upgrade") === 1) refuseUpgrade(socket, 404);
      };

      server.removeAllListeners("request");
      server.on("request", onRequest);
      server.on("upgrade", onUpgrade);
      return () => {
        server.off("request", onRequest);
        server.off("upgrade", onUpgrade);
        for (const listener of theirs) server.on("request", listener);
      };
    },
  };
}

/** The path of a request without its query; `""` for one that has none, as in `OPTIONS *`. */
function pathOf(request: IncomingMessage): string {
  const path = (request.url ?? "").split("?", 1)[0] ?? "";
  return path.startsWith("/") ? path : "";
}
