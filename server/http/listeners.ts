import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { isLoopbackAddress, isLoopbackHostname } from "../auth/loopback.ts";
import type { Edge } from "./edge.ts";

/** A client has this long to send its headers, and its whole request: nobody holds a socket open by being slow. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;
/** After the last response a connection may stay for another request. */
const IDLE_MS = 10_000;

/** Where `listen` listens. Port 0: any free one. */
export interface ListenOptions {
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** PEM texts or files' contents. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
}

export interface Listening {
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

/** The HTTP servers that this one is reached by. */
export interface Listeners {
  /** @throws the system's error, `code` EADDRINUSE and so on */
  listen(options: ListenOptions): Promise<Listening>;
  /** Serves on somebody else's server; returns how to leave it again. */
  attach(server: Server): () => void;
  /** Whether every address that is listened on is loopback. */
  areLoopback(): boolean;
  /** Origins of pages that these servers serve themselves. */
  origins(): readonly string[];
  /** Stops taking connections, waits `graceMs` for requests under way, leaves attached servers running. */
  close(graceMs: number): Promise<void>;
}

interface Mounted {
  readonly server: Server;
  readonly unmount: () => void;
  readonly isOwn: boolean;
}

export function createListeners(edge: () => Edge): Listeners {
  const mounted = new Set<Mounted>();

  function mount(server: Server, isOwn: boolean): Mounted {
    const unmount = edge().mount(server);
    const entry: Mounted = { server, unmount, isOwn };
    mounted.add(entry);
    return entry;
  }

  function remove(entry: Mounted): void {
    if (mounted.delete(entry)) entry.unmount();
  }

  return {
    async listen({ port = 3000, host = "127.0.0.1", tls }) {
      const options = { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, keepAliveTimeout: IDLE_MS };
      const server = tls === undefined ? createServer(options) : createSecureServer({ ...options, ...tls });
      const entry = mount(server, true);
      try {
        server.listen(port, host);
        await once(server, "listening");
      } catch (error) {
        remove(entry);
        throw error;
      }
      const bound = portOf(server);
      const shown = host.includes(":") ? `[${host}]` : host;
      return { url: `${tls === undefined ? "http" : "https"}://${shown}:${bound}`, host, port: bound };
    },
    attach(server) {
      const entry = mount(server, false);
      return () => remove(entry);
    },
    areLoopback: () => [...mounted].every(({ server }) => isLoopbackAddress(addressOf(server))),
    origins: () => [...mounted].flatMap(({ server, isOwn }) => (isOwn ? originsOf(server) : [])),
    async close(graceMs) {
      await Promise.all(
        [...mounted].map(async (entry) => {
          remove(entry);
          if (entry.isOwn && entry.server.listening) await end(entry.server, graceMs);
        }),
      );
    },
  };
}

async function end(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  const force = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(force);
}

function addressOf(server: Server): string | undefined {
  const address = server.address();
  return typeof address === "object" ? address?.address : undefined;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function originsOf(server: Server): string[] {
  const address = addressOf(server);
  if (address === undefined) return [];
  const scheme = "setSecureContext" in server ? "https" : "http";
  const port = portOf(server);
  const names = isLoopbackAddress(address) ? ["127.0.0.1", "localhost", "[::1]"] : [address];
  return names
    .filter((name) => isLoopbackHostname(name) || name === address)
    .map((name) => `${scheme}://${name}:${port}`);
}
