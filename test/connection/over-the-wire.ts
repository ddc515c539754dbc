import { once } from "node:events";
import type { Server, Socket } from "socket.io";
import { afterEach, vi } from "vitest";
import { createSocketTransport } from "../../sdk/connection/socket-transport.ts";
import type { CloseCause, Transport, Wire } from "../../sdk/connection/transport.ts";
import { startSocketServer } from "./socket-server.ts";

/** Run after each test, last first. */
export const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllGlobals();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A plain socket.io server, closed after the test. */
export async function serve(
  ...args: Parameters<typeof startSocketServer>
): ReturnType<typeof startSocketServer> {
  const server = await startSocketServer(...args);
  cleanUps.push(server.close);
  return server;
}

/** A transport of ours to it, closed after the test. */
export function connect(url: string, timeoutMs = 5_000, factory = createSocketTransport()): Transport {
  const transport = factory({ url, timeoutMs });
  cleanUps.push(transport.close);
  return transport;
}

/** What one namespace of it said. */
export interface Heard {
  readonly wire: Wire;
  readonly events: unknown[][];
  readonly closed: Promise<CloseCause>;
  /** The payload of the next event of this name, or the first that came. */
  next(name: string): Promise<unknown>;
}

export function join(transport: Transport, namespace = "/ui", auth: Record<string, unknown> = {}): Heard {
  const events: unknown[][] = [];
  const waiting = new Map<string, (payload: unknown) => void>();
  const { promise: closed, resolve: close } = Promise.withResolvers<CloseCause>();
  let closes = 0;
  const wire = transport.join(namespace, auth, {
    joined() {},
    event(name, payload, reply) {
      events.push([name, payload]);
      waiting.get(name)?.(payload);
      reply?.({ success: true });
    },
    closed(cause) {
      closes += 1;
      if (closes > 1) throw new Error("closed twice");
      close(cause);
    },
  });
  return {
    wire,
    events,
    closed,
    next(name) {
      const found = events.find(([event]) => event === name);
      if (found !== undefined) return Promise.resolve(found[1]);
      return new Promise((resolve) => waiting.set(name, resolve));
    },
  };
}

/** The server's end of the first connection. */
export const socketOf = async (io: Server, namespace = "/ui"): Promise<Socket> => {
  const found = [...io.of(namespace).sockets.values()][0];
  if (found !== undefined) return found;
  const [socket] = (await once(io.of(namespace), "connection")) as [Socket];
  return socket;
};
