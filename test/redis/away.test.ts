import { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import type { CreateClient } from "../../server/store/redis/connection.ts";
import { openRedisStore, type RedisStore, type RedisStoreOptions } from "../../server/store/redis-store.ts";
import { StoreUnavailable, type View } from "../../server/store/store.ts";
import { edits, put } from "../store/edits.ts";
import { randomFrom, seedOf } from "../store/seed.ts";
import { watchFeed } from "./feed-watch.ts";
import { persist } from "./nodes.ts";
import { type RedisProcess, startRedisProcess } from "./redis-process.ts";

let redis: RedisProcess;
let store: RedisStore;
afterEach(async () => {
  await store.close();
  await redis.stop();
});

async function setUp(persistence: "aof" | "none", options: RedisStoreOptions = {}): Promise<void> {
  redis = await startRedisProcess(persistence);
  store = await openRedisStore(redis.url, options);
}

const everything = (): Promise<unknown>[] => [
  store.transact("p1", edits([put("tasks", "t1")])),
  store.transact("new", edits([put("tasks", "t1")])),
  store.transact("p1", (view) => ({ result: view.head })),
  store.head("unused"),
  store.entity("p1", "tasks", "unread"),
  store.list("p1", "tasks"),
  store.register("p1", "focus"),
  store.projects(),
  store.projectOfSession("s1"),
  store.snapshot("p1"),
  store.page("p1", undefined, 10),
  store.delta("p1", { epoch: "e", seq: 0 }),
];

describe("while Redis is away", () => {
  it("a project that is followed can be read where it stands, by who missed nothing", async () => {
    await setUp("aof");
    const focus = { version: 1, focused: [], changed: {} };
    await store.transact("p1", edits([put("tasks", "t1", { title: "kept" })]));
    store.follow("p1");
    await store.transact("p1", () => ({ result: undefined, registers: { focus } }));
    const since = await store.head("p1");
    await store.delta("p1", since);
    await redis.kill();
    await expect(store.transact("p1", edits([put("tasks", "t2")]))).rejects.toThrow(StoreUnavailable);
    expect(await store.head("p1")).toEqual(since);
    expect(await store.entity("p1", "tasks", "t1")).toMatchObject({ title: "kept" });
    expect(await store.register("p1", "focus")).toEqual(focus);
    expect(await store.delta("p1", since)).toEqual({
      ...{ position: since, from: since.seq, changes: {}, events: [], eventsLost: 0 },
      registers: { focus },
    });
    await expect(store.delta("p1", { ...since, seq: since.seq - 1 })).rejects.toThrow(StoreUnavailable);
    await expect(store.snapshot("p1")).rejects.toThrow(StoreUnavailable);
  });

  it("all that is asked is refused with a time to come again, and resumes by itself", async () => {
    let connections = 0;
    const createClient: CreateClient = (settings) => {
      const client = new Redis(settings);
      client.on("connecting", () => {
        connections += 1;
      });
      return client;
    };
    await setUp("aof", { createClient });
    const before = await store.transact("p1", edits([put("tasks", "t1", { title: "kept" })]));
    const watch = watchFeed(store, "p1", before);
    await redis.kill();
    for (let round = 0; round < 3; round += 1) {
      const outcomes = await Promise.allSettled(everything());
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: "rejected", reason: { name: "StoreUnavailable" } });
        if (outcome.status === "rejected") expect(outcome.reason.retryAfterMs).toBeGreaterThan(0);
      }
      expect(store.ready()).toBe(false);
    }
    // The first second of patience holds a handful of tries for each of the two connections.
    expect(connections).toBeLessThan(30);
    await redis.start();
    await watch.until("the new epoch is told", () => watch.resets === 1);
    expect(store.ready()).toBe(true);
    expect(await store.entity("p1", "tasks", "t1")).toMatchObject({ title: "kept" });
    const { epoch, seq } = await store.transact("p1", edits([put("tasks", "t2")]));
    expect(epoch).not.toBe(before.epoch);
    expect(seq).toBe(2);
    await watch.until("commits are told again", () => watch.position?.seq === 2);
    expect(watch.problems).toEqual([]);
  });

  it("a store can be closed, and nothing is left hanging", async () => {
    await setUp("none", { answerMs: 300 });
    await store.head("p1");
    redis.freeze();
    const asked = everything();
    const settled = Promise.allSettled(asked);
    await store.close();
    for (const outcome of await settled) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { name: "StoreUnavailable" } });
    }
    redis.thaw();
  });

  it("a server that takes no writes makes them unavailable, and reads go on", async () => {
    await setUp("none");
    const before = await store.transact("p1", edits([put("tasks", "t1")]));
    await redis.with((client) => client.config("SET", "maxmemory", "1mb"));
    const writing = store.transact("p1", edits([put("tasks", "t2", { pad: "x".repeat(100_000) })]));
    await expect(writing).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await store.head("p1")).toEqual(before);
    expect((await store.snapshot("p1")).entities["tasks"]).toHaveLength(1);
    await redis.with((client) => client.config("SET", "maxmemory", "0"));
    expect((await store.transact("p1", edits([put("tasks", "t2")]))).seq).toBe(2);
  });
});

describe("a decision whose answer was lost on the way", () => {
  it("is applied once all the same, without anything to know it by", async () => {
    await setUp("none");
    const random = randomFrom(seedOf("lost answers"));
    const add = (view: View) => {
      const count = Number(view.entity("counters", "c")?.["count"] ?? 0) + 1;
      return { ...edits([put("counters", "c", { count })])(view), result: count };
    };
    const counts: number[] = [];
    let refused = 0;
    let isOver = false;
    const work = async (): Promise<void> => {
      while (!isOver) {
        try {
          counts.push(await store.transact("p1", add));
        } catch (error) {
          if (!(error instanceof StoreUnavailable)) throw error;
          refused += 1;
        }
      }
    };
    const working = Promise.all(Array.from({ length: 8 }, work));
    for (let round = 0; round < 8; round += 1) {
      const goal = counts.length + 20 + random() * 60;
      while (counts.length < goal) await persist(() => store.transact("p2", () => ({ result: 0 })));
      await redis.with((client) => client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
    }
    isOver = true;
    await working;
    const applied = Number((await store.entity("p1", "counters", "c"))?.["count"]);
    expect(new Set(counts).size, "two were told the same").toBe(counts.length);
    expect(applied).toBeGreaterThanOrEqual(counts.length);
    expect(applied).toBeLessThanOrEqual(counts.length + refused);
    expect(refused, "a short cut is not noticed").toBe(0);
  });
});
