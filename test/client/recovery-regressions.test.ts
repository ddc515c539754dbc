import { describe, expect, it } from "vitest";
import { type FakeClient, fakeClient } from "./fake-client.ts";

/*
 * What socket.io's own connection state recovery gets wrong, measured on 4.8.4, as facts about this client. Nothing
 * here depends on that recovery: positions travel in the handshake, and are moved before any listener runs.
 */

const envelope = (seq: number, event = "notify:progress") => ({
  type: event,
  event,
  data: { sessionId: "s1", message: `m${seq}` },
  timestamp: 1,
  projectId: "p1",
  seq,
  epoch: "e1",
});

async function live(options: Parameters<typeof fakeClient>[0] = {}): Promise<FakeClient> {
  const fake = fakeClient(options);
  void fake.client.connect();
  await fake.settle();
  fake.serve();
  await fake.settle();
  return fake;
}

const sinceOf = (fake: FakeClient): unknown =>
  (fake.network.last.wire().auth["sync"] as { since?: unknown } | undefined)?.since;

describe("recovery", () => {
  it("continues from its position when the server had sent nothing yet", async () => {
    const fake = await live();
    fake.network.last.wire().end();
    await fake.settle(1_000);
    expect(sinceOf(fake)).toEqual({ epoch: "e1", seq: 0 });
  });

  it("takes its position from the envelope, never from the payload of some other event", async () => {
    const fake = await live();
    fake.network.last.wire().say("events", { events: [envelope(1)] });
    fake.network.last.wire().say("status", "busy");
    fake.network.last
      .wire()
      .say("focus_update", { projectId: "p1", epoch: "e9", version: 77, focusedSessions: [] });
    fake.network.last.wire().end();
    await fake.settle(1_000);
    expect(sinceOf(fake)).toEqual({ epoch: "e1", seq: 1 });
  });

  it("does not deliver an event again whose listener threw, and other listeners hear it the first time", async () => {
    const fake = await live();
    const heard: number[] = [];
    fake.client.on("notify:progress", () => {
      throw new Error("mine");
    });
    fake.client.on("notify:progress", ({ seq }) => heard.push(seq ?? 0));
    fake.network.last.wire().say("events", { events: [envelope(1), envelope(2)] });
    fake.network.last.wire().end();
    await fake.settle(1_000);
    expect(sinceOf(fake)).toEqual({ epoch: "e1", seq: 2 });
    fake.serve();
    await fake.settle();
    fake.network.last.wire().say("events", { events: [envelope(2)] });
    expect(heard).toEqual([1, 2]);
    expect(fake.errors).toHaveLength(2);
  });

  it("moves on before its listeners run: one that reconnects sees the event behind it", async () => {
    const fake = await live();
    let hasReconnected = false;
    fake.client.on("notify:progress", () => {
      if (!hasReconnected) void fake.client.reconnect();
      hasReconnected = true;
    });
    fake.network.last.wire().say("events", { events: [envelope(1)] });
    expect(sinceOf(fake)).toEqual({ epoch: "e1", seq: 1 });
  });

  it("sends a mutation whose ack was lost under its old id, and once on a socket", async () => {
    const fake = await live();
    void fake.client.tasks.create({ id: "t1", title: "Once" });
    await fake.settle();
    const [first] = fake.network.last.wire().of("mutate");
    fake.network.last.wire().end();
    await fake.settle(1_000);
    fake.serve();
    await fake.settle();
    const again = fake.network.last.wire().of("mutate");
    expect(again).toHaveLength(1);
    expect((again[0]!.payload as { mutationId: string }).mutationId).toBe(
      (first!.payload as { mutationId: string }).mutationId,
    );
  });

  it("passes the server's judgement of its token at every reconnect", async () => {
    let count = 0;
    const fake = await live({ auth: { getToken: async () => `token-${++count}` } });
    fake.network.last.wire().end();
    await fake.settle(1_000);
    expect(fake.network.last.wire().auth["token"]).toBe("token-1");
  });

  it("goes on after a handshake that was refused once for an expired token", async () => {
    let count = 0;
    const fake = await live({ auth: { getToken: async () => `token-${++count}` } });
    fake.network.last.wire().end();
    await fake.settle(1_000);
    fake.network.last
      .wire()
      .end({ kind: "rejected", message: "Invalid authentication token", code: "TOKEN_EXPIRED" });
    await fake.settle();
    expect(fake.network.last.wire().auth["token"]).toBe("token-2");
    fake.serve();
    await fake.settle();
    expect(fake.status().name).toBe("live");
  });

  it("goes on after the server ended the connection on purpose", async () => {
    const fake = await live();
    fake.network.last.wire().end({ kind: "kicked" });
    await fake.settle(1_000);
    fake.serve();
    await fake.settle();
    expect(fake.status().name).toBe("live");
  });

  it("after 1,000 reconnects hears each event once, and has no timer more than after the first", async () => {
    const fake = await live();
    const heard: number[] = [];
    fake.client.on("notify:progress", ({ seq }) => heard.push(seq ?? 0));
    const { waiting } = fake.clock;
    for (let n = 0; n < 1_000; n++) {
      void fake.client.reconnect();
      fake.serve();
      await fake.settle();
    }
    expect(fake.clock.waiting).toBe(waiting);
    fake.network.last.wire().say("events", { events: [envelope(1)] });
    expect(heard).toEqual([1]);
    expect(fake.network.transports.filter(({ isClosed }) => !isClosed)).toHaveLength(1);
  });
});
