import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import type { Server } from "socket.io";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createSocketTransport } from "../../sdk/connection/socket-transport.ts";
import type { CloseCause, Transport, Wire } from "../../sdk/connection/transport.ts";
import { startSocketServer } from "./socket-server.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllGlobals();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function serve(...args: Parameters<typeof startSocketServer>): ReturnType<typeof startSocketServer> {
  const server = await startSocketServer(...args);
  cleanUps.push(server.close);
  return server;
}

function connect(url: string, timeoutMs = 5_000, factory = createSocketTransport()): Transport {
  const transport = factory({ url, timeoutMs });
  cleanUps.push(transport.close);
  return transport;
}

interface Heard {
  readonly wire: Wire;
  readonly events: unknown[][];
  readonly closed: Promise<CloseCause>;
  /** The payload of the next event of this name, or the first that came. */
  next(name: string): Promise<unknown>;
}

function join(transport: Transport, namespace = "/ui", auth: Record<string, unknown> = {}): Heard {
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

const socketOf = async (io: Server, namespace = "/ui"): Promise<import("socket.io").Socket> => {
  const found = [...io.of(namespace).sockets.values()][0];
  if (found !== undefined) return found;
  const [socket] = (await once(io.of(namespace), "connection")) as [import("socket.io").Socket];
  return socket;
};

describe("over a WebSocket", () => {
  it("joins with its auth, sends, asks and answers", async () => {
    const { io, url } = await serve();
    io.of("/ui").on("connection", (socket) => {
      socket.on("add", ({ a, b }: { a: number; b: number }, answer: (ack: unknown) => void) => answer(a + b));
    });
    const ui = join(connect(url), "/ui", { token: "t", protocol: 1 });
    await ui.next("connection_status");
    const socket = await socketOf(io);
    expect(socket.handshake.auth).toEqual({ token: "t", protocol: 1 });
    expect(socket.conn.transport.name).toBe("websocket");
    const sum = await new Promise((resolve) => ui.wire.request("add", { a: 1, b: 2 }, resolve));
    expect(sum).toBe(3);
    await expect(socket.emitWithAck("focus_update", { version: 1 })).resolves.toEqual({ success: true });
    expect(ui.events).toContainEqual(["focus_update", { version: 1 }]);
    await expect(socket.emitWithAck("bare")).resolves.toEqual({ success: true });
    expect(ui.events).toContainEqual(["bare", undefined]);
  });

  it("carries bytes as Uint8Array, both ways and in answers", async () => {
    const { io, url } = await serve();
    const got = Promise.withResolvers<unknown>();
    io.of("/ui").on("connection", (socket) => {
      socket.on("bytes", ({ data }: { data: Buffer }, answer: (ack: unknown) => void) => {
        got.resolve([...data]);
        answer({ success: true, data: Buffer.from([7, 8]) });
      });
    });
    const ui = join(connect(url));
    await ui.next("connection_status");
    (await socketOf(io)).emit("terminal:output", { offset: 0, data: Buffer.from([1, 2, 255]) });
    const { data } = (await ui.next("terminal:output")) as { data: Uint8Array };
    expect(data).toBeInstanceOf(Uint8Array);
    expect([...data]).toEqual([1, 2, 255]);
    const ack = await new Promise<{ data: Uint8Array }>((resolve) =>
      ui.wire.request("bytes", { data: new Uint8Array([3, 4]) }, (answer) => resolve(answer as never)),
    );
    await expect(got.promise).resolves.toEqual([3, 4]);
    expect([...ack.data]).toEqual([7, 8]);
  });

  it("multiplexes namespaces over one connection, and leaves one without the others", async () => {
    const { io, url } = await serve();
    const transport = connect(url);
    const ui = join(transport, "/ui");
    const terminal = join(transport, "/terminal");
    await Promise.all([ui.next("connection_status"), terminal.next("connection_status")]);
    expect(io.engine.clientsCount).toBe(1);
    const left = once(await socketOf(io, "/terminal"), "disconnect");
    terminal.wire.leave();
    expect((await left)[0]).toBe("client namespace disconnect");
    const again = join(transport, "/terminal", { token: "new" });
    await again.next("connection_status");
    expect((await socketOf(io, "/terminal")).handshake.auth).toEqual({ token: "new" });
    expect(io.engine.clientsCount).toBe(1);
    expect(terminal.events).toHaveLength(1);
  });

  it("reads globalThis.WebSocket when it connects, not when it is imported", async () => {
    const opened: string[] = [];
    const Original = globalThis.WebSocket;
    vi.stubGlobal(
      "WebSocket",
      class extends Original {
        constructor(url: string | URL, protocols?: string | string[]) {
          super(url, protocols);
          opened.push(String(url));
        }
      },
    );
    const { url } = await serve();
    const ui = join(connect(url));
    await ui.next("connection_status");
    expect(opened).toEqual([expect.stringContaining(`${url.replace("http", "ws")}/socket.io/?EIO=4`)]);
  });

  it("works where there is no global WebSocket", async () => {
    vi.stubGlobal("WebSocket", undefined);
    const { io, url } = await serve();
    const ui = join(connect(url));
    await ui.next("connection_status");
    (await socketOf(io)).emit("terminal:output", { data: Buffer.from([9]) });
    const { data } = (await ui.next("terminal:output")) as { data: Uint8Array };
    expect([...data]).toEqual([9]);
    expect((await socketOf(io)).conn.transport.name).toBe("websocket");
  });

  it("keeps a path before /socket.io/", async () => {
    const { url } = await serve({ path: "/live/socket.io" });
    const ui = join(connect(`${url}/live/`));
    await ui.next("connection_status");
  });

  it("reaches a server by IPv6", async () => {
    const { url } = await serve({}, ["/ui"], "::1");
    expect(url).toContain("[::1]");
    const ui = join(connect(url));
    await ui.next("connection_status");
  });
});

describe("where a WebSocket cannot be opened", () => {
  it("falls back to long-polling", async () => {
    const { io, url } = await serve({ transports: ["polling"] });
    const ui = join(connect(url));
    await ui.next("connection_status");
    expect((await socketOf(io)).conn.transport.name).toBe("polling");
  });

  it("tries long-polling first the next time if it hung", async () => {
    class Hanging extends EventTarget {
      binaryType = "blob";
      close(): void {}
    }
    vi.stubGlobal("WebSocket", Hanging);
    const { io, url } = await serve();
    const factory = createSocketTransport();
    const first = join(connect(url, 100, factory));
    await expect(first.closed).resolves.toMatchObject({ kind: "lost" });
    const second = join(connect(url, 5_000, factory));
    await second.next("connection_status");
    expect((await socketOf(io)).conn.transport.name).toBe("polling");
  });
});

describe("an end", () => {
  it("by refusal carries code and wait", async () => {
    const { io, url } = await serve();
    io.of("/ui").use((_socket, next) => {
      next(Object.assign(new Error("Too many"), { data: { code: "RATE_LIMITED", retryAfterMs: 900 } }));
    });
    const ui = join(connect(url));
    await expect(ui.closed).resolves.toEqual({
      kind: "rejected",
      message: "Too many",
      code: "RATE_LIMITED",
      retryAfterMs: 900,
    });
  });

  it("by refusal without a code is a refusal all the same", async () => {
    const { url } = await serve();
    const nowhere = join(connect(url), "/nowhere");
    await expect(nowhere.closed).resolves.toEqual({ kind: "rejected", message: "Invalid namespace" });
  });

  it("by refusal of one namespace leaves the other", async () => {
    const { io, url } = await serve();
    io.of("/terminal").use((_socket, next) => next(new Error("No")));
    const transport = connect(url);
    const ui = join(transport, "/ui");
    await ui.next("connection_status");
    await expect(join(transport, "/terminal").closed).resolves.toMatchObject({ kind: "rejected" });
    (await socketOf(io)).emit("still", { here: true });
    await expect(ui.next("still")).resolves.toEqual({ here: true });
  });

  it.each([[false], [true]])(
    "by the server's disconnect(%s) is a kick or a loss, and never silence",
    async (whole) => {
      const { io, url } = await serve();
      const ui = join(connect(url));
      await ui.next("connection_status");
      (await socketOf(io)).disconnect(whole);
      await expect(ui.closed).resolves.toMatchObject({ kind: "kicked" });
    },
  );

  it("by a broken connection is a loss", async () => {
    const { io, url } = await serve();
    const ui = join(connect(url));
    await ui.next("connection_status");
    (await socketOf(io)).conn.close();
    await expect(ui.closed).resolves.toMatchObject({ kind: "lost" });
  });

  it("by silence is found within the server's interval and timeout", async () => {
    const { io, url } = await serve({ pingInterval: 100, pingTimeout: 100 });
    const ui = join(connect(url));
    await ui.next("connection_status");
    // Half-open: the server stops pinging, and nothing is closed.
    const { conn } = await socketOf(io);
    Object.assign(conn, { sendPacket() {} });
    await expect(ui.closed).resolves.toEqual({ kind: "lost", message: "ping timeout" });
  });

  it("by a frame that is no packet is contained, and a loss", async () => {
    const { io, url } = await serve();
    const ui = join(connect(url));
    await ui.next("connection_status");
    (await socketOf(io)).conn.write("9this is no packet");
    await expect(ui.closed).resolves.toEqual({ kind: "lost", message: "parse error" });
  });

  it("where nobody listens is a loss", async () => {
    const server = await startSocketServer();
    await server.close();
    await expect(join(connect(server.url)).closed).resolves.toMatchObject({ kind: "lost" });
  });

  it("where somebody listens and says nothing is a loss after the timeout", async () => {
    const silent = createTcpServer((socket) => socket.on("error", () => {}));
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    cleanUps.push(() => silent.close());
    const { port } = silent.address() as AddressInfo;
    await expect(join(connect(`http://127.0.0.1:${port}`, 100)).closed).resolves.toMatchObject({
      kind: "lost",
    });
  });

  it("of our own is told to nobody here and to the server at once", async () => {
    const { io, url } = await serve();
    const transport = connect(url);
    const ui = join(transport);
    await ui.next("connection_status");
    const gone = once(await socketOf(io), "disconnect");
    transport.close();
    transport.close();
    await gone;
    expect(ui.events).toHaveLength(1);
    await expect(Promise.race([ui.closed, Promise.resolve("untold")])).resolves.toBe("untold");
  });
});
