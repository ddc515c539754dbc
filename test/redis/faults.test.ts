import { afterEach, describe, expect, it } from "vitest";
import type { RedisStore, RedisStoreOptions } from "../../server/store/redis-store.ts";
import { StoreUnavailable } from "../../server/store/store.ts";
import { randomFrom, seedOf } from "../store/seed.ts";
import { elapse } from "../support/elapse.ts";
import { deafClient } from "./deaf-client.ts";
import { openNodes } from "./nodes.ts";
import { type RedisProcess, startRedisProcess } from "./redis-process.ts";
import { checkWork, type SteadyWork, startWork } from "./steady-work.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function setUp(
  persistence: "aof" | "rdb" | "none",
  options: RedisStoreOptions = {},
): Promise<{ redis: RedisProcess; nodes: readonly RedisStore[]; work: SteadyWork }> {
  const redis = await startRedisProcess(persistence);
  closing.push(() => redis.stop());
  const nodes = await openNodes(redis.url, 2, options);
  closing.push(() => Promise.all(nodes.map((node) => node.close())));
  return { redis, nodes, work: await startWork(nodes, 4) };
}

function expectInOrder({ watches }: SteadyWork): void {
  expect(watches.map(({ problems }) => problems)).toEqual(watches.map(() => []));
}

const resetsOf = ({ watches }: SteadyWork): number[] => watches.map(({ resets }) => resets);

/** Resolves when a node says that Redis is away. */
async function giveUp(node: RedisStore): Promise<void> {
  await expect(node.projectOfSession("s1")).rejects.toBeInstanceOf(StoreUnavailable);
}

describe("nothing is lost, doubled or out of order when", () => {
  it("connections are cut again and again", async () => {
    const { redis, nodes, work } = await setUp("none");
    const random = randomFrom(seedOf("cut connections"));
    for (let round = 0; round < 12; round += 1) {
      await work.more(50 + Math.floor(random() * 100));
      const type = (["normal", "pubsub"] as const)[Math.floor(random() * 2)] ?? "normal";
      await redis.with(async (client) => client.call("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes"));
    }
    await work.more(50);
    await work.finish();
    expectInOrder(work);
    expect(resetsOf(work)).toEqual([0, 0, 0, 0]);
    await checkWork(nodes[1] as RedisStore, work.acked);
  });

  it("Redis is killed and comes back with its log", async () => {
    const { redis, nodes, work } = await setUp("aof");
    for (let round = 1; round <= 3; round += 1) {
      await work.more(200);
      await redis.kill();
      await redis.start();
      for (const watch of work.watches) await watch.until("a new epoch", () => watch.resets === round);
    }
    await work.more(200);
    await work.finish();
    expectInOrder(work);
    // What came back might have been older: each time a new epoch, told once.
    expect(resetsOf(work)).toEqual([3, 3, 3, 3]);
    await checkWork(nodes[1] as RedisStore, work.acked);
  });

  it("Redis freezes for a while", async () => {
    const { redis, nodes, work } = await setUp("none");
    await work.more(200);
    redis.freeze();
    // The fault itself: shorter than an answer is waited for.
    await elapse(1_500);
    redis.thaw();
    await work.more(200);
    await work.finish();
    expectInOrder(work);
    expect(resetsOf(work)).toEqual([0, 0, 0, 0]);
    await checkWork(nodes[1] as RedisStore, work.acked);
  });

  it("Redis freezes for longer than anyone waits", async () => {
    const { redis, nodes, work } = await setUp("none", { answerMs: 300 });
    await work.more(200);
    redis.freeze();
    for (const node of nodes) await giveUp(node);
    expect(nodes.map((node) => node.ready())).toEqual([false, false]);
    redis.thaw();
    await work.more(200);
    await work.finish();
    expectInOrder(work);
    expect(resetsOf(work)).toEqual([0, 0, 0, 0]);
    await checkWork(nodes[1] as RedisStore, work.acked);
  });

  it("one message in ten is lost in silence", async () => {
    const random = randomFrom(seedOf("lost messages"));
    const { nodes, work } = await setUp("none", { createClient: deafClient(() => random() < 0.1) });
    await work.more(3_000);
    await work.finish();
    expectInOrder(work);
    expect(resetsOf(work)).toEqual([0, 0, 0, 0]);
    await checkWork(nodes[1] as RedisStore, work.acked);
  });
});
