import { once } from "node:events";
import type { Socket } from "socket.io-client";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import type { Peer } from "../../server/core/ports/peer.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { type Edge, startEdge } from "./recording-hub.ts";
import { event, openClient, requested } from "./running-server.ts";

const MIB = 1024 * 1024;

async function join(
  edge: Edge,
  namespace = "/ui",
  transport = "websocket",
): Promise<{ socket: Socket; peer: Peer }> {
  const socket = openClient(edge.url, namespace, { transports: [transport] });
  await event(socket, "ready");
  const peer = edge.peers.find(({ id }) => id === socket.id);
  if (peer === undefined) throw new Error("the core was not told");
  return { socket, peer };
}

/** A WebSocket that speaks Engine.IO by hand, joined to `/ui`. */
async function joinRaw(edge: Edge): Promise<{ socket: WebSocket; peer: Peer }> {
  const socket = new WebSocket(`${edge.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  onTestFinished(() => socket.terminate());
  socket.on("error", () => undefined);
  await once(socket, "open");
  socket.send("40/ui,");
  await expect.poll(() => edge.peers.length).toBe(1);
  const [peer] = edge.peers;
  if (peer === undefined) throw new Error("the core was not told");
  return { socket, peer };
}

describe.each([["websocket"], ["polling"]])("a peer over %s", (transport) => {
  test("sends events, bytes intact", async () => {
    const { socket, peer } = await join(await startEdge(), "/terminal", transport);
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const told = event(socket, "terminal:output");
    peer.send("terminal:output", { offset: 7, data: bytes });
    const output = (await told) as { offset: number; data: Uint8Array };
    expect(output.offset).toBe(7);
    expect(Buffer.from(output.data).equals(bytes)).toBe(true);
  });

  test("hands in events with their bytes, and answers their acks", async () => {
    const edge = await startEdge({}, { receive: ({ ack }) => ack?.({ success: true, offset: 3 }) });
    const { socket, peer } = await join(edge, "/ui", transport);
    const data = Uint8Array.from([0, 255, 128]);
    expect(await requested(socket, "terminal:output", { ptyId: "p", data })).toEqual({
      success: true,
      offset: 3,
    });
    const [first] = edge.received;
    expect(first).toMatchObject({ peer, event: "terminal:output", payload: { ptyId: "p" } });
    const payload = first?.payload as { data: Uint8Array };
    expect(payload.data).toBeInstanceOf(Uint8Array);
    expect([...payload.data]).toEqual([...data]);
  });

  test("asks, and is answered", async () => {
    const { socket, peer } = await join(await startEdge(), "/ui", transport);
    socket.on("terminal:input", (payload: { data: string }, reply: (answer: unknown) => void) =>
      reply({ success: true, typed: payload.data }),
    );
    expect(await peer.request("terminal:input", { data: "ls" }, 5_000)).toEqual({
      success: true,
      typed: "ls",
    });
  });

  test("is closed by the server, alone or with its whole connection", async () => {
    const edge = await startEdge();
    const { socket, peer } = await join(edge, "/ui", transport);
    const other = socket.io.socket("/cli");
    await event(other, "ready");
    peer.close();
    expect(await edge.detached(peer)).toBe("server namespace disconnect");
    expect(other.connected).toBe(true);
    const [, second] = edge.peers;
    second?.close(true);
    expect(await event(other, "disconnect")).toBe("io server disconnect");
    await expect.poll(() => edge.gateway.connections()).toBe(0);
  });
});

describe("a request", () => {
  test("rejects when no answer comes in time", async () => {
    const { peer } = await join(await startEdge());
    await expect(peer.request("terminal:input", {}, 20)).rejects.toThrow();
  });

  test("rejects at once when the client goes, and when it is gone already", async () => {
    const edge = await startEdge();
    const { socket, peer } = await join(edge);
    const asked = peer.request("terminal:input", {}, 60_000);
    socket.disconnect();
    await expect(asked).rejects.toThrow("the peer is gone");
    await expect(peer.request("terminal:input", {}, 60_000)).rejects.toThrow("the peer is gone");
  });
});

describe("a multicast", () => {
  test("reaches exactly its peers, each once, bytes intact", async () => {
    const edge = await startEdge();
    const joined = await Promise.all(
      ["websocket", "polling", "websocket"].map((transport) => join(edge, "/ui", transport)),
    );
    const heard = joined.map(({ socket }) => {
      const events: unknown[] = [];
      socket.on("news", (payload: { data: Uint8Array }) => events.push([...new Uint8Array(payload.data)]));
      return events;
    });
    const [first, second] = joined.map(({ peer }) => peer);
    if (first === undefined || second === undefined) throw new Error("nobody joined");
    first.transport.multicast(new Set([first, second]), "news", { data: Uint8Array.from([1, 2]) });
    // A later answer of each says that all before it has come.
    await Promise.all(
      joined.map(({ socket, peer }) => {
        const last = event(socket, "last");
        peer.send("last", {});
        return last;
      }),
    );
    expect(heard).toEqual([[[1, 2]], [[1, 2]], []]);
  });

  test("keeps the order of what is sent to one and to many", async () => {
    const { socket, peer } = await join(await startEdge());
    const heard: unknown[] = [];
    socket.on("n", (n: number) => heard.push(n));
    const last = event(socket, "last");
    for (let n = 0; n < 100; n += 1) {
      if (n % 3 === 0) peer.send("n", n);
      else peer.transport.multicast(new Set([peer]), "n", n);
    }
    peer.send("last", {});
    await last;
    expect(heard).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });
});

describe("what has not left", () => {
  test("is told while the client does not read, and drains when it does", async () => {
    const edge = await startEdge();
    const { socket, peer } = await joinRaw(edge);
    expect(peer.unsentBytes()).toBe(0);
    socket.pause();
    // More than the kernel's buffers on both sides take.
    const chunk = "x".repeat(MIB);
    while (peer.unsentBytes() < 4 * MIB) peer.send("flood", chunk);
    const before = peer.unsentBytes();
    peer.send("flood", chunk);
    expect(peer.unsentBytes()).toBeGreaterThanOrEqual(before + MIB);
    const drained = new Promise<void>((resolve) => peer.whenDrained(resolve));
    socket.resume();
    await drained;
    expect(peer.unsentBytes()).toBe(0);
  });

  test("drains also when one event alone was too much", async () => {
    const edge = await startEdge();
    const { socket, peer } = await joinRaw(edge);
    socket.pause();
    // Many times what the kernel's buffers on both sides take.
    peer.send("flood", "x".repeat(32 * MIB));
    expect(peer.unsentBytes()).toBeGreaterThan(0);
    const drained = new Promise<void>((resolve) => peer.whenDrained(resolve));
    socket.resume();
    await drained;
    expect(peer.unsentBytes()).toBe(0);
  });

  test("keeps its place: what is sent behind it comes behind it", async () => {
    const { socket, peer } = await join(await startEdge());
    const heard: unknown[] = [];
    socket.on("n", ({ n }: { n: number }) => heard.push(n));
    const last = event(socket, "last");
    const text = "x".repeat(8 * MIB);
    for (let n = 0; n < 6; n += 1) peer.send("n", n % 2 === 0 ? { n, text } : { n });
    peer.send("last", {});
    await last;
    expect(heard).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("does not hold up a close: who does not read is disconnected", async () => {
    const edge = await startEdge();
    const { socket, peer } = await joinRaw(edge);
    socket.pause();
    while (peer.unsentBytes() < 4 * MIB) peer.send("flood", "x".repeat(MIB));
    const drained = new Promise<void>((resolve) => peer.whenDrained(resolve));
    peer.close(true);
    expect(await edge.detached(peer)).toBe("server namespace disconnect");
    await drained;
    peer.send("flood", "more");
  });
});

describe("a peer goes away", () => {
  test("because the client left the namespace", async () => {
    const edge = await startEdge();
    const { socket, peer } = await join(edge);
    socket.disconnect();
    expect(await edge.detached(peer)).toBe("client namespace disconnect");
  });

  test("because the connection was cut", async () => {
    const edge = await startEdge();
    const { socket, peer } = await joinRaw(edge);
    socket.terminate();
    expect(await edge.detached(peer)).toBe("transport close");
  });

  test("because it answers no pings", async () => {
    const edge = await startEdge({ pingIntervalMs: 20, pingTimeoutMs: 20 });
    const { peer } = await joinRaw(edge);
    expect(await edge.detached(peer)).toBe("ping timeout");
  });

  test("because what it sent cannot be read", async () => {
    const edge = await startEdge();
    const { socket, peer } = await joinRaw(edge);
    socket.send("4nonsense");
    expect(await edge.detached(peer)).toBe("transport error");
  });

  test("because its frame was too large", async () => {
    const edge = await startEdge({ frameBytes: 1_000 });
    const { socket, peer } = await joinRaw(edge);
    socket.send(`42/ui,["x","${"x".repeat(1_000)}"]`);
    expect(await edge.detached(peer)).toBe("transport error");
  });

  test("because the server shuts down", async () => {
    const edge = await startEdge();
    const { peer } = await joinRaw(edge);
    await Promise.all([edge.gateway.close(), edge.gateway.close()]);
    expect(await edge.detached(peer)).toBe("server shutting down");
  });
});

describe("a stranger", () => {
  async function stranger(edge: Edge): Promise<{ socket: WebSocket; closed: Promise<unknown> }> {
    const socket = new WebSocket(`${edge.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    onTestFinished(() => socket.terminate());
    const closed = once(socket, "close", { signal: AbortSignal.timeout(PATIENCE_MS) });
    await once(socket, "open");
    return { socket, closed };
  }

  test("who joins no namespace in time is disconnected", async () => {
    const { closed } = await stranger(await startEdge({ authenticateMs: 50 }));
    await closed;
  });

  test("who left its last namespace is disconnected after the same time", async () => {
    const { socket, closed } = await stranger(await startEdge({ authenticateMs: 50 }));
    socket.send("40/ui,");
    socket.send("41/ui,");
    await closed;
  });

  test("who sends much before it joined is disconnected", async () => {
    const { socket, closed } = await stranger(await startEdge());
    socket.send(`40/ui,${JSON.stringify({ token: "x".repeat(70_000) })}`);
    await closed;
  });
});

test("a handler that throws harms nobody", async () => {
  const fail = (): never => {
    throw new Error("broken");
  };
  const edge = await startEdge({}, { receive: fail });
  const { socket, peer } = await join(edge);
  socket.emit("anything", {});
  await expect.poll(() => edge.errors).toEqual(["an event broke its handler"]);
  const told = event(socket, "still");
  peer.send("still", {});
  await told;
});
