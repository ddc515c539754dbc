import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { cleanUps, connect, join, serve, socketOf } from "./over-the-wire.ts";
import { startSocketServer } from "./socket-server.ts";

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
    // Half-open: the server stops pinging, and has more patience than it said, so that nothing is closed.
    const { conn } = await socketOf(io);
    Object.assign(conn, { sendPacket() {} });
    Object.assign(io.engine.opts, { pingTimeout: 60_000 });
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

  it("leaves no timer and no connection, however it came about", async () => {
    const { io, url } = await serve();
    const reasons = new Set<string>();
    const resources = (): string[] =>
      process.getActiveResourcesInfo().filter((name) => name === "Timeout" || name.startsWith("TCPSocket"));
    const rounds: number[] = [];
    for (let n = 0; n < 30; n++) {
      const transport = connect(url);
      const ui = join(transport);
      await ui.next("connection_status");
      const socket = await socketOf(io);
      const gone = Promise.all([once(socket, "disconnect"), once(socket.conn, "close")]);
      if (n % 3 === 0) transport.close();
      else if (n % 3 === 1) socket.disconnect(true);
      else socket.conn.close();
      reasons.add(String((await gone)[0][0]));
      if (n % 3 > 0) await ui.closed;
      transport.close();
      rounds.push(resources().length);
    }
    expect(reasons.size).toBe(3);
    expect(Math.max(...rounds.slice(-3))).toBeLessThanOrEqual(Math.max(...rounds.slice(0, 6)));
  });
});
