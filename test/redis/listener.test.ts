import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRedisStore, type RedisStore } from "../../server/store/redis-store.ts";
import { edits, put } from "../store/edits.ts";
import { randomFrom, seedOf } from "../store/seed.ts";
import { deafClient } from "./deaf-client.ts";
import { type FeedWatch, watchFeed } from "./feed-watch.ts";
import { type RedisProcess, startRedisProcess } from "./redis-process.ts";

let redis: RedisProcess;
let writer: RedisStore;
let listener: RedisStore;
let watch: FeedWatch;
let isDeaf: () => boolean;

/** Nobody looks by the clock while the test runs. */
const NEVER_MS = 600_000;

beforeEach(async () => {
  redis = await startRedisProcess("none");
});
afterEach(async () => {
  await Promise.all([writer.close(), listener.close()]);
  await redis.stop();
});

async function listen(auditMs: number): Promise<void> {
  const prefix = randomUUID();
  isDeaf = () => false;
  writer = await openRedisStore(redis.url, { prefix });
  const createClient = deafClient(() => isDeaf());
  listener = await openRedisStore(redis.url, { prefix, createClient, auditMs });
  watch = watchFeed(listener, "p1", await listener.head("p1"));
  await write(1);
  await watch.until("the listener hears", () => watch.position?.seq === 1);
}

const write = (at: number) => writer.transact("p1", edits([put("tasks", `t${at % 50}`, { at })]));

describe("a node that only listens hears every commit once and in order though", () => {
  it("messages are lost in between", async () => {
    await listen(NEVER_MS);
    const random = randomFrom(seedOf("lost in between"));
    isDeaf = () => random() < 0.2;
    for (let at = 2; at <= 400; at += 1) await write(at);
    isDeaf = () => false;
    await write(401);
    await watch.until("the listener hears all", () => watch.position?.seq === 401);
    expect(watch.problems).toEqual([]);
    expect(watch.resets).toBe(0);
  });

  it("the last message is lost", async () => {
    await listen(200);
    let lost = 0;
    isDeaf = () => {
      lost += 1;
      return true;
    };
    await write(2);
    await watch.until("it hears of it all the same", () => watch.position?.seq === 2);
    expect(lost).toBe(1);
    expect(watch.problems).toEqual([]);
    expect(watch.resets).toBe(0);
  });

  it("its connection is cut again and again", async () => {
    await listen(NEVER_MS);
    for (let round = 0; round < 4; round += 1) {
      await redis.with((client) => client.call("CLIENT", "KILL", "TYPE", "pubsub"));
      for (let at = 0; at < 20; at += 1) await write(at);
      const { seq } = await writer.head("p1");
      await watch.until("it has caught up", () => watch.position?.seq === seq);
    }
    expect(watch.problems).toEqual([]);
    expect(watch.resets).toBe(0);
  });
});
