import { randomUUID } from "node:crypto";
import { expect, it, onTestFinished } from "vitest";
import { type RedisProcess, startRedisProcess } from "../redis/redis-process.ts";
import { elapse } from "../support/elapse.ts";
import { createModelOwner, type ModelOwner } from "../terminals/model/model-owner.ts";
import { createModelViewer, type ModelViewer } from "../terminals/model/model-viewer.ts";
import { openTerminalNode, type TerminalNode } from "./support/terminal-node.ts";
import { expectAlike, lines, turn, until } from "./support/terminal-play.ts";

interface Stage {
  readonly redis: RedisProcess;
  readonly prefix: string;
  readonly nodes: readonly TerminalNode[];
  readonly owner: ModelOwner;
  /** One on the owner's server, and one on each of the two others. */
  readonly viewers: readonly ModelViewer[];
}

async function stage(persistence: "aof" | "none"): Promise<Stage> {
  const redis = await startRedisProcess(persistence);
  onTestFinished(redis.stop);
  const prefix = randomUUID();
  const nodes = await Promise.all([1, 2, 3].map(() => openTerminalNode(redis.url, prefix)));
  const owner = createModelOwner(60, 15, "bytes");
  owner.connect(nodes[0]!);
  await until(owner, [], () => owner.epoch !== undefined, "the owner is registered");
  const viewers = nodes.map((_, index) =>
    createModelViewer({ viewerId: `on-${index}`, watch: { encoding: "binary" } }),
  );
  for (const [index, viewer] of viewers.entries()) viewer.connect(nodes[index]!);
  await until(owner, viewers, () => viewers.every(({ seen }) => seen.snapshots === 1), "all watch");
  owner.print(lines(0, 50));
  await expectAlike(owner, viewers);
  return { redis, prefix, nodes, owner, viewers };
}

it("while Redis is frozen viewers of the owner's server go on, and the others catch up by themselves", async () => {
  const { redis, owner, viewers } = await stage("none");
  redis.freeze();
  const until3s = performance.now() + 3_000;
  for (let n = 1; performance.now() < until3s; n += 1) {
    owner.print(lines(50 * n, 3));
    turn(owner, viewers);
    await elapse(20);
  }
  await until(owner, [viewers[0]!], () => viewers[0]!.offset === owner.head, "the local viewer has all");
  expect(viewers[1]!.offset).toBeLessThan(owner.head);
  redis.thaw();
  await expectAlike(owner, viewers);
  expect(viewers.map(({ seen }) => seen.resets)).toEqual([0, 0, 0]);
});

it("after a restart of Redis with its data viewers elsewhere go on where they were", async () => {
  const { redis, owner, viewers } = await stage("aof");
  await redis.kill();
  owner.print(lines(50, 50));
  turn(owner, viewers);
  await redis.start();
  owner.print(lines(100, 50));
  owner.resize(50, 12);
  await expectAlike(owner, viewers);
  expect(viewers.map(({ seen }) => seen.resets)).toEqual([0, 0, 0]);
});

it("after Redis came back empty viewers elsewhere are given the screen anew, and input goes through", async () => {
  const { redis, owner, viewers } = await stage("none");
  await redis.kill();
  owner.print(lines(50, 50));
  await redis.start(true);
  owner.print(lines(100, 50));
  await expectAlike(owner, viewers);
  for (const viewer of viewers) viewer.type("x");
  await until(owner, viewers, () => viewers.every(({ pending }) => pending === 0), "all is acked");
  expect(owner.typed).toHaveLength(3);
});

it("a slow viewer elsewhere is brought forward, holds up nobody, and Redis keeps a bounded part", async () => {
  const { redis, prefix, owner, viewers } = await stage("none");
  const [, slow, fast] = viewers;
  for (let n = 0; n < 150; n += 1) {
    owner.print(lines(1_000 * n, 400));
    turn(owner, [fast!]);
    await elapse(1);
  }
  await until(owner, [fast!], () => fast!.offset === owner.head, "the fast viewer has all");
  expect(owner.head).toBeGreaterThan(3 * 1024 * 1024);
  expect(slow!.offset).toBeLessThan(owner.head / 2);
  const bytes = await redis.with((client) =>
    client.memory("USAGE", `${prefix}:{terminal s1}:records`, "SAMPLES", 0),
  );
  expect(Number(bytes)).toBeLessThan(2 * 1024 * 1024);
  await expectAlike(owner, viewers);
  expect(slow!.seen.resets).toBeGreaterThan(0);
});

it("a terminal that nobody watches elsewhere costs others nothing, and Redis only its place", async () => {
  const redis = await startRedisProcess("none");
  onTestFinished(redis.stop);
  const prefix = randomUUID();
  const [a, b] = await Promise.all([1, 2, 3].map(() => openTerminalNode(redis.url, prefix)));
  const owner = createModelOwner(60, 15, "bytes");
  owner.connect(a!);
  await until(owner, [], () => owner.epoch !== undefined, "the owner is registered");
  const viewer = createModelViewer({ viewerId: "local", watch: { encoding: "binary" } });
  viewer.connect(a!);
  owner.print(lines(0, 500));
  await until(owner, [viewer], () => viewer.offset === owner.head, "the local viewer has all");
  const channel = `${prefix}:{terminal s1}:feed:0`;
  const heard = (): Promise<unknown> =>
    redis.with(async (client) => (await client.pubsub("NUMSUB", channel))[1]);
  const keys = (): Promise<string[]> => redis.with((client) => client.keys(`${prefix}:{terminal s1}:*`));
  expect(await keys()).toEqual([`${prefix}:{terminal s1}:place`]);
  expect(Number(await heard())).toBe(1);
  const remote = createModelViewer({ viewerId: "remote", watch: { encoding: "binary" } });
  remote.connect(b!);
  await expectAlike(owner, [viewer, remote]);
  expect(Number(await heard())).toBe(2);
});
