import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Manager, type Socket } from "socket.io-client";
import { createSocketGateway } from "../../server/gateway/socketio/socket-gateway.ts";
import { openHub } from "./open-hub.ts";
import { createHearing, inTime, type RawClient, Refused } from "./raw-client.ts";
import type { ConnectOptions, OpenServer } from "./server-under-test.ts";

/** The core behind real Socket.IO on a real port, spoken to by bare socket.io-client. */
export const openSocketIoServer: OpenServer = async (options) => {
  const { hub, log, token } = openHub(options);
  let ids = 0;
  const gateway = createSocketGateway({
    hub,
    log,
    createId: () => `g-${++ids}`,
    isLocal: ({ headers }: IncomingMessage) => headers["x-forwarded-for"] === undefined,
  });
  const http = createServer((request, response) => gateway.handleRequest(request, response));
  http.on("upgrade", gateway.handleUpgrade);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = http.address() as AddressInfo;

  async function connect({
    namespace = "/ui",
    auth = {},
    local = true,
  }: ConnectOptions = {}): Promise<RawClient> {
    const manager = new Manager(`http://127.0.0.1:${port}`, {
      transports: ["websocket"],
      reconnection: false,
      autoConnect: false,
      ...(local ? {} : { extraHeaders: { "X-Forwarded-For": "203.0.113.7" } }),
    });
    return join(manager, namespace, auth);
  }

  return {
    connect,
    token,
    hub,
    async close() {
      await hub.close();
      await gateway.close();
      http.closeAllConnections();
      http.close();
      if (log.errors.length > 0) throw new Error(`the server logged errors: ${JSON.stringify(log.errors)}`);
    },
  };
};

export async function join(manager: Manager, namespace: string, auth: object): Promise<RawClient> {
  const { events, heard, next } = createHearing();
  const answers = new Map<string, (payload: unknown) => unknown>();
  const socket: Socket = manager.socket(namespace, { auth: { ...auth } });
  const closed = new Promise<string>((resolve) => {
    socket.once("disconnect", (reason) =>
      resolve(
        reason === "io server disconnect" ? "kicked" : reason === "io client disconnect" ? "left" : "lost",
      ),
    );
  });
  socket.onAny((event: string, ...args: unknown[]) => {
    const reply = typeof args.at(-1) === "function" ? (args.pop() as (answer: unknown) => void) : undefined;
    heard(event, asBytes(args[0]));
    reply?.(answers.get(event)?.(args[0]));
  });
  await inTime(
    new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("connect_error", (error: Error & { data?: unknown }) => {
        reject(new Refused(error.message, error.data));
      });
      socket.connect();
    }),
    `connection to ${namespace}`,
  );
  await next("connection_status");
  return {
    events,
    next,
    closed,
    cut: () => manager.engine.transport.close(),
    // A payload that is left out is not sent at all: a bare `emit("state:sync", ack)`.
    emit: (event, ...payload: [unknown?]) => void socket.emit(event, ...payload),
    request: (event, ...payload: [unknown?]) =>
      inTime(
        new Promise((resolve) => {
          socket.emit(event, ...payload, (ack: unknown) => resolve(asBytes(ack) as Record<string, unknown>));
        }),
        `ack of ${event}`,
      ),
    answer: (event, reply) => void answers.set(event, reply),
    join: (other, otherAuth = auth) => join(manager, other, otherAuth),
    close: () => void socket.disconnect(),
  };
}

/** Node's client gives buffers, a browser's array buffers: both compare unlike plain bytes. */
function asBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(asBytes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asBytes(item)]));
}
