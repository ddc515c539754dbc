import { once } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { openPolling } from "../../sdk/connection/polling-carrier.ts";
import { connect, join, serve, socketOf } from "./over-the-wire.ts";

/** A WebSocket that is never answered, as behind a proxy that swallows the upgrade. */
class Hanging extends EventTarget {
  binaryType = "blob";
  close(): void {}
}

/** What was fetched, in order. */
function watchFetch(): string[] {
  const seen: string[] = [];
  const original = globalThis.fetch;
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    seen.push(`${init.method ?? "GET"} ${String(init.body ?? "")}`);
    return original(url, init);
  });
  return seen;
}

describe("long-polling takes over", () => {
  it("where the server has no WebSocket", async () => {
    const { io, url } = await serve({ transports: ["polling"] });
    const ui = join(connect(url));
    await ui.next("connection_status");
    expect((await socketOf(io)).conn.transport.name).toBe("polling");
  });

  it("where this side has none", async () => {
    vi.stubGlobal("WebSocket", undefined);
    const { io, url } = await serve();
    const ui = join(connect(url));
    await ui.next("connection_status");
    expect((await socketOf(io)).conn.transport.name).toBe("polling");
  });

  it("within the same attempt where a WebSocket hangs", async () => {
    vi.stubGlobal("WebSocket", Hanging);
    const { io, url } = await serve();
    const ui = join(connect(url, 1_000));
    await ui.next("connection_status");
    expect((await socketOf(io)).conn.transport.name).toBe("polling");
    expect(io.engine.clientsCount).toBe(1);
  });

  it("for one connection only: the next one has a WebSocket again", async () => {
    const { io, url } = await serve();
    vi.stubGlobal("WebSocket", undefined);
    const first = connect(url);
    await join(first).next("connection_status");
    first.close();
    vi.unstubAllGlobals();
    await join(connect(url)).next("connection_status");
    expect([...io.of("/ui").sockets.values()].at(-1)?.conn.transport.name).toBe("websocket");
  });

  it("in nothing else: a WebSocket that opens in time is alone", async () => {
    const fetched = watchFetch();
    const { io, url } = await serve();
    const ui = join(connect(url));
    await ui.next("connection_status");
    expect(io.engine.clientsCount).toBe(1);
    expect(fetched).toEqual([]);
  });
});

describe("over long-polling", () => {
  const open = async (options: Parameters<typeof serve>[0] = {}) => {
    vi.stubGlobal("WebSocket", undefined);
    const server = await serve(options);
    const transport = connect(server.url);
    const ui = join(transport);
    await ui.next("connection_status");
    return { ...server, transport, ui, socket: await socketOf(server.io) };
  };

  it("events, acks and bytes go both ways, in order", async () => {
    const { ui, socket } = await open();
    const got: unknown[] = [];
    socket.on("say", (payload: unknown, answer?: (ack: unknown) => void) => {
      got.push(payload);
      answer?.({ success: true, data: Buffer.from([7, 8]) });
    });
    for (let n = 0; n < 50; n++) ui.wire.send("say", n);
    const ack = await new Promise<{ data: Uint8Array }>((resolve) =>
      ui.wire.request("say", { data: new Uint8Array([0, 127, 128, 255]) }, (answer) =>
        resolve(answer as never),
      ),
    );
    expect(ack.data).toEqual(new Uint8Array([7, 8]));
    expect(got).toEqual([...Array(50).keys(), { data: Buffer.from([0, 127, 128, 255]) }]);
    for (let n = 0; n < 50; n++) socket.emit("told", n);
    await expect(socket.emitWithAck("last", { data: Buffer.from([1, 2]) })).resolves.toEqual({
      success: true,
    });
    expect(ui.events.filter(([name]) => name === "told").map(([, n]) => n)).toEqual([...Array(50).keys()]);
    expect(ui.events.at(-1)).toEqual(["last", { data: new Uint8Array([1, 2]) }]);
  });

  it("bodies keep to what the server takes", async () => {
    const { ui, socket } = await open({ maxHttpBufferSize: 10_000 });
    const sent = watchFetch();
    const got: unknown[] = [];
    socket.on("say", (payload: unknown) => got.push(payload));
    for (let n = 0; n < 20; n++) ui.wire.send("say", `${n} ${"x".repeat(900)}`);
    const ended = once(socket, "end");
    ui.wire.send("end", null);
    await ended;
    expect(got).toHaveLength(20);
    const bodies = sent.filter((request) => request.startsWith("POST"));
    expect(bodies.length).toBeGreaterThan(1);
    expect(bodies.length).toBeLessThan(20);
  });

  it("leaving is said before the end, and is not taken for a loss", async () => {
    const { transport, socket } = await open();
    const gone = once(socket, "disconnect");
    transport.close();
    expect((await gone)[0]).toBe("client namespace disconnect");
  });

  it.each([
    ["kicked", (socket: { disconnect(whole: boolean): unknown }) => socket.disconnect(true)],
    ["lost", (socket: { conn: { close(): unknown } }) => socket.conn.close()],
  ])("an end by the server is a connection that is %s", async (kind, end) => {
    const { ui, socket } = await open();
    end(socket as never);
    await expect(ui.closed).resolves.toMatchObject({ kind });
  });

  it("a request that is refused is a loss that says so", async () => {
    const { ui, io } = await open();
    const original = globalThis.fetch;
    vi.stubGlobal("fetch", (url: string, init: RequestInit) =>
      original(init.method === "POST" ? url.replace(/sid=[^&]*/, "sid=nobody") : url, init),
    );
    ui.wire.send("say", 1);
    await expect(ui.closed).resolves.toEqual({
      kind: "lost",
      message: "long-polling was answered with 400",
    });
    io.disconnectSockets(true);
  });

  it("a network that breaks is a loss", async () => {
    const { ui, http } = await open();
    http.closeAllConnections();
    await expect(ui.closed).resolves.toMatchObject({ kind: "lost" });
  });
});

it("a farewell that the server does not take is given up, and leaves nothing", async () => {
  const signals: AbortSignal[] = [];
  const bodies: unknown[] = [];
  vi.stubGlobal("fetch", (_url: string, { signal, body }: RequestInit & { signal: AbortSignal }) => {
    signals.push(signal);
    bodies.push(body);
    return new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
  });
  vi.useFakeTimers();
  const ended = vi.fn();
  const carrier = openPolling("http://nowhere/?EIO=4", { packet() {}, ended });
  carrier.opened?.({ sid: "s", pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000 });
  carrier.send("41/ui,");
  carrier.close();
  expect(bodies).toEqual([undefined, "41/ui,"]);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  expect(vi.getTimerCount()).toBe(0);
  expect(ended).not.toHaveBeenCalled();
  vi.useRealTimers();
});
