import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { openRedisStore, type RedisStore } from "../../server/store/redis-store.ts";
import { edits, emit, put } from "../store/edits.ts";
import { PATIENCE_MS } from "../support/patience.ts";

let client: Redis;
let prefix: string;
let store: RedisStore;

beforeAll(() => {
  client = new Redis(inject("redisUrl"));
});
afterAll(() => client.disconnect());
beforeEach(async () => {
  prefix = `test-${randomUUID()}`;
  store = await openRedisStore(inject("redisUrl"), { prefix, logBytes: 20_000 });
});
afterEach(() => store.close());

const keysOf = async (): Promise<string[]> =>
  (await client.keys(`${prefix}:*`)).map((key) => key.slice(prefix.length + 1)).sort();

/** Waits for what goes on behind; each look is a round trip. */
const until = (isReached: () => Promise<boolean>) =>
  vi.waitUntil(isReached, { timeout: PATIENCE_MS, interval: 10 });

describe("in Redis", () => {
  it("every key of a project carries its hash tag", async () => {
    const answer = { owner: "o", key: "1", n: 1, fingerprint: "f", ack: 1, at: 1 };
    await store.transact(
      "p:1",
      edits([put("sessions", "s1"), put("tasks", "t1", { claimedBy: "s1" }), emit("notify:progress")], {
        registers: { focus: 1 },
        answer,
      }),
    );
    const names = (await keysOf()).filter((key) => !["fence", "format", "sessions"].includes(key));
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((key) => !key.startsWith("{p:1}:"))).toEqual([]);
  });

  it("a cleared project leaves nothing but its place, its log and what was answered", async () => {
    const answer = { owner: "o", key: "1", n: 1, fingerprint: "f", ack: 1, at: 1 };
    const made = Array.from({ length: 450 }, (_, at) => put("sessions", `s${at}`));
    await store.transact("p1", edits([put("projects", "p1"), ...made, put("tasks", "t1")], { answer }));
    await store.transact("p2", edits([put("sessions", "other")]));
    expect(await client.hlen(`${prefix}:sessions`)).toBe(451);
    await store.transact("p1", edits([emit("project:deleted")], { clear: { epoch: "e2" } }));
    await until(async () => (await client.hlen(`${prefix}:sessions`)) === 1);
    await until(async () => (await client.exists(`${prefix}:gone`)) === 0);
    const left = (await keysOf()).filter((key) => key.startsWith("{p1}:"));
    expect(left).toEqual(["{p1}:answers:o", "{p1}:highest:o", "{p1}:log", "{p1}:meta", "{p1}:numbered:o"]);
    expect(await client.exists(`${prefix}:projects`)).toBe(0);
  });

  it("what a node that died did not sweep is swept by the next one", async () => {
    await store.transact("p1", edits([put("sessions", "s1")]));
    await client.hset(`${prefix}:sessions`, "s2", "7 p2", "s3", "8 p2");
    await client.zadd(`${prefix}:{p2}:gone:7`, 0, "sessions s2", 0, "sessions s3", 0, "tasks t1");
    await client.sadd(`${prefix}:gone`, "7 p2");
    const next = await openRedisStore(inject("redisUrl"), { prefix });
    await until(async () => (await client.exists(`${prefix}:gone`)) === 0);
    // s3 was taken by a later time of the project.
    expect(await client.hkeys(`${prefix}:sessions`)).toEqual(["s1", "s3"]);
    expect(await client.exists(`${prefix}:{p2}:gone:7`)).toBe(0);
    await next.close();
  });

  it("the log of commits is bounded in bytes, and goes when nothing happens", async () => {
    for (let at = 0; at < 300; at += 1) {
      await store.transact("p1", edits([put("tasks", "t1", { at, pad: "x".repeat(300) })]));
    }
    const log = `${prefix}:{p1}:log`;
    const messages = (await client.xrange(log, "-", "+")).map(([, fields]) => fields[3]?.length ?? 0);
    const bytes = messages.reduce((sum, length) => sum + length, 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(50_000);
    expect(await client.pttl(log)).toBeGreaterThan(0);
  });

  it("answers go by themselves some time after the last one, and the highest n later", async () => {
    const answer = { owner: "o", key: "1", n: 1, fingerprint: "f", ack: 1, at: 1 };
    await store.transact("p1", edits([], { answer }));
    const { n: _, ...keyed } = answer;
    await store.transact("p1", edits([], { answer: { ...keyed, key: "k" } }));
    const day = 24 * 60 * 60_000;
    for (const name of ["answers", "numbered", "keyed"]) {
      const left = await client.pttl(`${prefix}:{p1}:${name}:o`);
      expect(left).toBeGreaterThan(day);
      expect(left).toBeLessThan(3 * day);
    }
    expect(await client.pttl(`${prefix}:{p1}:highest:o`)).toBeGreaterThan(30 * day);
  });
});
