import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Manager, type ManagerOptions } from "socket.io-client";
import type { Transport } from "../../sdk/connection/transport.ts";
import { LIMITS } from "../../sdk/protocol/limits.ts";
import { socketIoTransport } from "../../sdk/testing/suite/socket-io-transport.ts";
import { createSocketGateway } from "../../server/gateway/socketio/socket-gateway.ts";
import { createWebSocketGateway } from "../../server/gateway/websocket/websocket-gateway.ts";
import { openHub } from "./open-hub.ts";
import { connectBy, type Dial, type OpenServer } from "./server-under-test.ts";

/** The core behind real Socket.IO and plain WebSockets on a real port, spoken to by bare clients. */
export const openSocketIoServer: OpenServer = async (options) => {
  const { hub, log, clock, token } = openHub(options);
  let ids = 0;
  const common = {
    hub,
    log,
    createId: () => `g-${++ids}`,
    isLocal: ({ headers }: IncomingMessage) => headers["x-forwarded-for"] === undefined,
  };
  const gateway = createSocketGateway(common);
  const plain = createWebSocketGateway({ ...common, clock, limits: LIMITS });
  const http = createServer((request, response) => gateway.handleRequest(request, response));
  http.on("upgrade", (request, socket, head) => {
    const edge = request.url?.startsWith("/ws") === true ? plain : gateway;
    edge.handleUpgrade(request, socket, head);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = http.address() as AddressInfo;

  const dial = dialSocketIo(({ local }) => ({
    url: `http://127.0.0.1:${port}`,
    transports: ["websocket"],
    ...(local ? {} : { extraHeaders: { "X-Forwarded-For": "203.0.113.7" } }),
  }));

  return {
    connect: connectBy(dial),
    dial,
    token,
    hub,
    plainUrl: `http://127.0.0.1:${port}`,
    async close() {
      await hub.close();
      await plain.close();
      await gateway.close();
      http.closeAllConnections();
      http.close();
      if (log.errors.length > 0) throw new Error(`the server logged errors: ${JSON.stringify(log.errors)}`);
    },
  };
};

type How = Parameters<Dial["connect"]>[0];

/** Bare socket.io-client, each connection with a manager of its own. */
export function dialSocketIo(
  optionsFor: (how: How) => Partial<ManagerOptions> & { readonly url: string },
): Dial {
  const managers = new Map<Transport, Manager>();
  return {
    connect(how) {
      const { url, ...options } = optionsFor(how);
      const manager = new Manager(url, { ...options, reconnection: false, autoConnect: false });
      const transport = socketIoTransport(manager);
      managers.set(transport, manager);
      return transport;
    },
    cut: (transport) => managers.get(transport)?.engine.transport.close(),
  };
}
