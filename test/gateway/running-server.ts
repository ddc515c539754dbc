import { once } from "node:events";
import { request as httpRequest, type OutgoingHttpHeaders } from "node:http";
import { connect as connectTcp } from "node:net";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { onTestFinished } from "vitest";
import { createServer, type Listening, type Server, type ServerOptions } from "../../server/index.ts";
import { PATIENCE_MS } from "../support/patience.ts";

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

export interface Running extends Listening {
  readonly server: Server;
}

/** A real server on a free loopback port, closed when the test is over. */
export async function startServer(options: ServerOptions = {}): Promise<Running> {
  const server = await createServer({ store: "memory", logger: SILENT, pages: {}, ...options });
  onTestFinished(() => server.close());
  const listening = await server.listen({ port: 0 });
  return { server, ...listening };
}

type ClientOptions = Partial<ManagerOptions & SocketOptions>;

/** A bare socket.io-client that tries once; closed when the test is over. */
export function openClient(url: string, namespace: string, options: ClientOptions = {}): Socket {
  const socket = io(`${url}${namespace}`, {
    forceNew: true,
    reconnection: false,
    transports: ["websocket"],
    ...options,
  });
  onTestFinished(() => {
    socket.disconnect();
  });
  return socket;
}

/** The same, once `connection_status` came; with it. */
export async function connected(
  url: string,
  namespace: string,
  options: ClientOptions = {},
): Promise<{ socket: Socket; status: Record<string, unknown> }> {
  const socket = openClient(url, namespace, options);
  const status = await Promise.race([event(socket, "connection_status"), refusal(socket).then(rethrow)]);
  return { socket, status: status as Record<string, unknown> };
}

/** The payload of the next event of this name. */
export async function event(socket: Socket, name: string): Promise<unknown> {
  const [payload] = (await once(socket as never, name, {
    signal: AbortSignal.timeout(PATIENCE_MS),
  })) as unknown[];
  return payload;
}

/** What tests read of an ack field by field. */
export interface Acked {
  readonly success: boolean;
  readonly code?: string;
}

/** Asks for an ack. */
export async function requested(socket: Socket, name: string, payload: unknown = {}): Promise<Acked> {
  // The client's own types leave an ack open.
  return (await socket.timeout(PATIENCE_MS).emitWithAck(name, payload)) as Acked;
}

export interface Refusal {
  readonly message: string;
  readonly data?: { readonly code?: string; readonly retryAfterMs?: number };
}

/** Why a connection was refused. */
export async function refusal(socket: Socket): Promise<Refusal> {
  const [error] = (await once(socket as never, "connect_error", {
    signal: AbortSignal.timeout(PATIENCE_MS),
  })) as [Refusal];
  return { message: error.message, ...(error.data === undefined ? {} : { data: error.data }) };
}

function rethrow(error: Refusal): never {
  throw new Error(`refused: ${error.message} ${JSON.stringify(error.data ?? {})}`);
}

/** What tests read of an answer field by field. */
export interface Told {
  readonly id: string;
  readonly code: string;
  readonly details: unknown;
  readonly items: readonly { readonly id: string }[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON, in whatever shape the test expects. */
  json<T = Told>(): T;
}

/** One HTTP request with exactly these headers: `fetch` would not send a foreign Host. */
export function ask(
  url: string,
  {
    method = "GET",
    headers = {},
    body,
  }: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port, origin } = new URL(url);
    // As it is written: a URL would take `..` out of it.
    const path = url.slice(origin.length) || "/";
    const request = httpRequest({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          // The test says what it expects, and judges it.
          json: <T>() => JSON.parse(text) as T,
        });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** First line of the answer to a WebSocket upgrade with these headers. */
export async function upgrade(port: number, path: string, headers: Record<string, string>): Promise<string> {
  const socket = connectTcp(port, "127.0.0.1");
  socket.on("error", () => undefined);
  const lines = Object.entries({
    Host: `127.0.0.1:${port}`,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  try {
    const [data] = (await once(socket, "data", { signal: AbortSignal.timeout(PATIENCE_MS) })) as [Buffer];
    return data.toString().split("\r\n", 1)[0] ?? "";
  } finally {
    socket.destroy();
  }
}
