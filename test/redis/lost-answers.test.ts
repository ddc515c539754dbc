import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { openRedisStore, type RedisStore } from "../../server/store/redis-store.ts";
import type { View } from "../../server/store/store.ts";
import { edits, put } from "../store/edits.ts";
import { deafClient } from "./deaf-client.ts";
import { watchFeed } from "./feed-watch.ts";
import { startUnkindWire, type UnkindWire } from "./unkind-wire.ts";

let wire: UnkindWire;
let store: RedisStore;
let other: RedisStore;
let isDeaf: boolean;

beforeEach(async () => {
  const url = new URL(inject("redisUrl"));
  wire = await startUnkindWire(Number(url.port));
  const prefix = `test-${randomUUID()}`;
  isDeaf = false;
  other = await openRedisStore(url.href, { prefix });
  url.port = String(wire.port);
  store = await openRedisStore(url.href, { prefix, createClient: deafClient(() => isDeaf) });
});
afterEach(async () => {
  await Promise.all([store.close(), other.close()]);
  await wire.close();
});

/** Nothing in Redis tells one such decision from another. */
const add = (mark: string) => (view: View) => {
  const count = Number(view.entity("counters", "c")?.["count"] ?? 0) + 1;
  return { ...edits([put("counters", "c", { count, mark })])(view), result: count };
};
const countNow = async () => (await other.entity("p1", "counters", "c"))?.["count"];

describe("a commit whose answer is lost", () => {
  it.each([
    ["with the message that tells of it at hand", false],
    ["without it", true],
  ])("is known to be applied, %s", async (_, deaf) => {
    isDeaf = deaf;
    const watch = watchFeed(store, "p1", await store.head("p1"));
    expect(await store.transact("p1", add("first"))).toBe(1);
    const lost = wire.loseAnswerTo("marked");
    expect(await store.transact("p1", add("marked"))).toBe(2);
    await lost;
    expect(await countNow()).toBe(2);
    expect(await store.transact("p1", add("third"))).toBe(3);
    expect(watch.position?.seq).toBe(3);
    expect(watch.problems).toEqual([]);
  });

  it("is known to be applied when others came after it", async () => {
    isDeaf = true;
    const watch = watchFeed(store, "p1", await store.head("p1"));
    const lost = wire.loseAnswerTo("marked");
    const marked = store.transact("p1", add("marked"));
    await lost;
    await Promise.all(Array.from({ length: 5 }, (__, at) => other.transact("p1", add(`other ${at}`))));
    expect(await marked).toBe(1);
    expect(await countNow()).toBe(6);
    expect(await store.transact("p1", add("last"))).toBe(7);
    expect(watch.position?.seq).toBe(7);
    expect(watch.problems).toEqual([]);
  });
});

describe("a node that hears nothing of the others", () => {
  it("decides on what is there all the same, also when it writes nothing", async () => {
    isDeaf = true;
    await store.transact("p1", add("own"));
    for (let at = 1; at <= 20; at += 1) {
      await other.transact("p1", add("other"));
      const look = (view: View) => ({ result: view.entity("counters", "c")?.["count"] });
      expect(await store.transact("p1", look)).toBe(at + 1);
    }
    await other.transact("p1", add("other"));
    expect(await store.transact("p1", add("own"))).toBe(23);
  });
});

describe("a commit that was cut off and comes in late", () => {
  it("is not applied on top of itself", async () => {
    const watch = watchFeed(store, "p1", await store.head("p1"));
    const held = wire.holdBack("marked");
    const marked = store.transact("p1", add("marked"));
    const deliver = await held;
    expect(await marked).toBe(1);
    expect(await deliver()).toContain("conflict");
    expect(await countNow()).toBe(1);
    expect(await store.transact("p1", add("next"))).toBe(2);
    expect(watch.problems).toEqual([]);
  });

  it("is applied as it was decided, whatever the same decision would say now", async () => {
    let isLate = false;
    const held = wire.holdBack("marked");
    // As a decision that looks at the clock may.
    const marked = store.transact<number | string>("p1", (view) =>
      isLate ? { result: "too late" } : add("marked")(view),
    );
    const deliver = await held;
    isLate = true;
    expect(await marked).toBe(1);
    expect(await deliver()).toContain("conflict");
    expect(await countNow()).toBe(1);
  });
});
