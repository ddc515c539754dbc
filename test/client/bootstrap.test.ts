import { describe, expect, it } from "vitest";
import { fakeClient } from "./fake-client.ts";

const slot = (name: string, payload: unknown, index = 0, total = 1) => ({
  slot: name,
  payload,
  index,
  total,
});

describe("client.bootstrap", () => {
  it("holds what the server replays, and what it sets later", async () => {
    const { client, network, serve } = fakeClient();
    const seen: unknown[] = [];
    client.bootstrap.subscribe(() => seen.push(client.bootstrap.getSnapshot()));
    void client.connect();
    const wire = network.last.wire();
    wire.greet();
    wire.say("bootstrap", slot("started", { at: 1 }, 0, 2));
    wire.say("bootstrap", slot("init", { port: 1 }, 1, 2));
    expect(client.bootstrap.getSnapshot()).toEqual({ started: { at: 1 }, init: { port: 1 } });
    wire.say("bootstrap", slot("init", { port: 2 }));
    expect(seen).toHaveLength(3);
    serve();
  });

  it("keeps its snapshot over a replay of the same, and drops slots that are gone", async () => {
    const fake = fakeClient();
    void fake.client.connect();
    fake.network.last.wire().greet();
    fake.network.last.wire().say("bootstrap", slot("started", { deep: [1, { a: null }] }, 0, 2));
    fake.network.last.wire().say("bootstrap", slot("custom", 1, 1, 2));
    fake.serve();
    await fake.settle();
    const before = fake.client.bootstrap.getSnapshot();
    fake.network.last.wire().end();
    await fake.settle(1_000);
    fake.network.last.wire().greet();
    fake.network.last.wire().say("bootstrap", slot("started", { deep: [1, { a: null }] }));
    expect(fake.client.bootstrap.getSnapshot()).toBe(before);
    fake.serve();
    await fake.settle();
    expect(fake.client.bootstrap.getSnapshot()).toEqual({ started: { deep: [1, { a: null }] } });
  });

  it("holds one of welcome, no-trace and trace-loaded at most", () => {
    const { client, network } = fakeClient();
    void client.connect();
    const wire = network.last.wire();
    wire.greet();
    wire.say("bootstrap", slot("welcome", 1));
    wire.say("bootstrap", slot("init", 2));
    wire.say("bootstrap", slot("trace-loaded", 3));
    expect(client.bootstrap.getSnapshot()).toEqual({ init: 2, "trace-loaded": 3 });
  });
});
