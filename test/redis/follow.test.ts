import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { RedisStore } from "../../server/store/redis-store.ts";
import type { Commit } from "../../server/store/store.ts";
import { edits, emit, put } from "../store/edits.ts";
import { openNodes } from "./nodes.ts";

let a: RedisStore;
let b: RedisStore;
let told: Commit[];

beforeEach(async () => {
  [a, b] = (await openNodes(inject("redisUrl"), 2)) as [RedisStore, RedisStore];
  told = [];
  b.onCommit((commit) => told.push(commit));
});
afterEach(async () => {
  await Promise.all([a.close(), b.close()]);
});

const eventsTold = (): string[] =>
  told.flatMap(({ projectId, events }) => events.map(({ envelope }) => `${projectId} ${envelope.event}`));

/** Makes b hear a commit of a project that it uses, and thus all that was published before. */
async function sync(): Promise<void> {
  await b.head("sync");
  const heard = new Promise<void>((resolve) => {
    const stop = b.onCommit(({ projectId }) => {
      if (projectId !== "sync") return;
      stop();
      resolve();
    });
  });
  await a.transact("sync", edits([emit("other")]));
  await heard;
}

describe("a node that says what it hears", () => {
  it("hears all of a project it follows, whether it used it or not", async () => {
    b.follow("p1");
    await b.head("p1");
    await a.transact("p1", edits([put("tasks", "t1")]));
    await sync();
    expect(eventsTold()).toContain("p1 tasks:created");
  });

  it("hears nothing of others, except what every reader hears if it asks for that", async () => {
    b.follow("p1");
    await a.transact("p2", edits([put("tasks", "t1"), emit("notify:progress"), emit("project:updated")]));
    await sync();
    expect(eventsTold().filter((event) => event.startsWith("p2"))).toEqual([]);
    const stop = b.follow();
    await sync();
    await a.transact("p2", edits([put("tasks", "t2"), emit("notify:progress"), emit("project:updated")]));
    await sync();
    expect(eventsTold().filter((event) => event.startsWith("p2"))).toEqual([
      "p2 notify:progress",
      "p2 project:updated",
    ]);
    stop();
    await sync();
    await a.transact("p2", edits([emit("notify:progress")]));
    await sync();
    expect(eventsTold().filter((event) => event.startsWith("p2"))).toHaveLength(2);
  });

  it("hears what every reader hears once, also of a project it follows", async () => {
    b.follow();
    b.follow("p1");
    await b.head("p1");
    await a.transact("p1", edits([put("tasks", "t1"), emit("notify:progress")]));
    await sync();
    expect(eventsTold().filter((event) => event.startsWith("p1"))).toEqual([
      "p1 tasks:created",
      "p1 notify:progress",
    ]);
  });

  it("that never said so hears what it used, and what every reader hears", async () => {
    await b.head("p1");
    await a.transact("p1", edits([put("tasks", "t1")]));
    await a.transact("p2", edits([put("tasks", "t1"), emit("notify:progress")]));
    await sync();
    expect(eventsTold().filter((event) => !event.startsWith("sync"))).toEqual([
      "p1 tasks:created",
      "p2 notify:progress",
    ]);
  });

  it("subscribes to nothing of a project it does not know", async () => {
    b.follow("p1");
    expect(await b.delta("nobody", { epoch: "e", seq: 0 })).toBeUndefined();
    await sync();
    const client = new Redis(inject("redisUrl"));
    const channels = (await client.pubsub("CHANNELS", "*{nobody}*")) as string[];
    const followed = (await client.pubsub("CHANNELS", "*{p1}*")) as string[];
    client.disconnect();
    expect(channels).toEqual([]);
    expect(followed).not.toEqual([]);
  });
});
