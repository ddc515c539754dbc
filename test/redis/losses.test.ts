import { afterEach, describe, expect, it, vi } from "vitest";
import type { RedisStore, RedisStoreOptions } from "../../server/store/redis-store.ts";
import { edits, put } from "../store/edits.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { deafClient } from "./deaf-client.ts";
import { type FeedWatch, watchFeed } from "./feed-watch.ts";
import { openNodes } from "./nodes.ts";
import { type RedisProcess, startRedisProcess } from "./redis-process.ts";
import { checkWork, type SteadyWork, startWork } from "./steady-work.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function setUp(
  persistence: "rdb" | "none",
  options: RedisStoreOptions = {},
): Promise<{ redis: RedisProcess; nodes: readonly RedisStore[] }> {
  const redis = await startRedisProcess(persistence);
  closing.push(() => redis.stop());
  const nodes = await openNodes(redis.url, 2, options);
  closing.push(() => Promise.all(nodes.map((node) => node.close())));
  return { redis, nodes };
}

/** Both nodes told of one new epoch, are where Redis is, and what is there is whole. */
async function checkAfterLoss(
  nodes: readonly RedisStore[],
  work: SteadyWork,
  epochs: Set<string>,
): Promise<void> {
  expect(work.watches.map(({ problems }) => problems)).toEqual(work.watches.map(() => []));
  expect(work.watches.map(({ resets }) => resets)).toEqual([1, 1, 1, 1]);
  for (const id of ["p0", "p1"]) {
    const [head, other] = await Promise.all(nodes.map((node) => node.head(id)));
    expect(head).toEqual(other);
    expect(epochs.has(head?.epoch ?? "")).toBe(false);
    const told = work.watches.flatMap(({ commits }) => commits.filter(({ projectId }) => projectId === id));
    const resets = told.filter(({ reset }) => reset !== undefined);
    expect(resets).toMatchObject([{ isKept: true, reset: { epoch: head?.epoch } }, { isKept: true }]);
  }
  // Nobody was acknowledged what is not there, as far as Redis still has it.
  const kept = [];
  for (const done of work.acked) {
    const task = await nodes[0]?.entity(done.projectId, "tasks", `${done.owner}.${done.n}`);
    if (task !== undefined) kept.push(done);
  }
  await checkWork(nodes[0] as RedisStore, kept);
}

const epochsOf = async (node: RedisStore): Promise<Set<string>> =>
  new Set(await Promise.all(["p0", "p1"].map(async (id) => (await node.head(id)).epoch)));

async function hearsReset(watches: readonly FeedWatch[]): Promise<void> {
  for (const watch of watches) await watch.until("a node hears of the loss", () => watch.resets > 0);
}

describe("what Redis lost makes a new epoch on every node, when it", () => {
  it("comes back empty", async () => {
    const { redis, nodes } = await setUp("none");
    const work = await startWork(nodes, 4);
    const epochs = await epochsOf(nodes[0] as RedisStore);
    await work.more(300);
    await redis.kill();
    await redis.start(true);
    await hearsReset(work.watches);
    await work.more(300);
    await work.finish();
    await checkAfterLoss(nodes, work, epochs);
  });

  it("comes back with an older state", async () => {
    const { redis, nodes } = await setUp("rdb");
    const work = await startWork(nodes, 4);
    const epochs = await epochsOf(nodes[0] as RedisStore);
    await work.more(300);
    await redis.saveState();
    await work.more(300);
    await redis.kill();
    await redis.putBack();
    await redis.start();
    await hearsReset(work.watches);
    await work.more(300);
    await work.finish();
    await checkAfterLoss(nodes, work, epochs);
  });

  it("is emptied while it runs", async () => {
    const { redis, nodes } = await setUp("none");
    const work = await startWork(nodes, 4);
    const epochs = await epochsOf(nodes[0] as RedisStore);
    await work.more(300);
    await redis.with((client) => client.flushall());
    await hearsReset(work.watches);
    await work.more(300);
    await work.finish();
    await checkAfterLoss(nodes, work, epochs);
  });
});

describe("a node that missed more than is kept", () => {
  it("says so, and goes on from the newest commit", async () => {
    let isDeaf = false;
    let lost = 0;
    const lose = (): boolean => {
      if (isDeaf) lost += 1;
      return isDeaf;
    };
    const { nodes } = await setUp("none", { logBytes: 500, createClient: deafClient(lose) });
    const [a, b] = nodes as [RedisStore, RedisStore];
    const start = await b.head("p1");
    await a.head("p1");
    const watch = watchFeed(b, "p1", start);
    const edit = (at: number) => a.transact("p1", edits([put("tasks", `t${at}`, { pad: "x".repeat(100) })]));
    await edit(1);
    await watch.until("the node hears the other one", () => watch.position?.seq === 1);
    isDeaf = true;
    for (let at = 2; at <= 50; at += 1) await edit(at);
    // Both nodes lost each of them, so that none is still on its way.
    await vi.waitUntil(() => lost === 2 * 49, { timeout: PATIENCE_MS, interval: 5 });
    isDeaf = false;
    await edit(51);
    await watch.until("the node is there again", () => watch.position?.seq === 51);
    expect(watch.commits).toMatchObject([
      { seq: 1 },
      { seq: 1, events: [], reset: { epoch: start.epoch, seq: 50 }, isKept: true },
      { seq: 51, events: [{ envelope: { seq: 51 } }] },
    ]);
    await edit(52);
    await watch.until("the feed goes on", () => watch.position?.seq === 52);
    expect(watch.problems).toEqual([]);
    expect((await b.snapshot("p1")).entities["tasks"]).toHaveLength(52);
    const since = await b.delta("p1", { ...start, seq: 1 });
    expect(since?.changes["tasks"]?.upserted).toHaveLength(51);
  });
});
