import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../server/store/open-store.ts";
import type { CreateClient } from "../../server/store/redis/connection.ts";
import { openRedisStore } from "../../server/store/redis-store.ts";
import { StoreOpenError } from "../../server/store/store-open-error.ts";
import { startRedis } from "../setup/redis-server.ts";
import { type RedisProcess, startRedisProcess } from "./redis-process.ts";

let redis: RedisProcess;
beforeAll(async () => {
  redis = await startRedisProcess("none");
});
afterAll(() => redis.stop());
afterEach(() => redis.with((client) => client.flushall()));

async function refusal(opening: Promise<unknown>): Promise<StoreOpenError> {
  const outcome = await opening.catch((error: unknown) => error);
  if (outcome instanceof StoreOpenError) return outcome;
  throw new Error(`was opened: ${String(outcome)}`);
}

const configured = (name: string, value: string) => redis.with((client) => client.config("SET", name, value));

describe("a Redis store", () => {
  it("is opened by its address", async () => {
    const store = await openStore(redis.url);
    expect(await store.head("p1")).toMatchObject({ seq: 0 });
    expect(store.ready()).toBe(true);
    await store.close();
  });

  it("keeps databases of one server apart, messages included", async () => {
    const [one, two] = await Promise.all([openStore(`${redis.url}/1`), openStore(`${redis.url}/2`)]);
    const heads = await Promise.all([one.head("p1"), two.head("p1")]);
    expect(heads[0]?.epoch).not.toBe(heads[1]?.epoch);
    const told: unknown[] = [];
    two.onCommit((commit) => told.push(commit));
    await one.transact("p1", () => ({ result: 0, notices: [{ event: "focus_update", payload: 1 }] }));
    await two.transact("p1", () => ({ result: 0, notices: [{ event: "focus_update", payload: 2 }] }));
    expect(told).toMatchObject([{ notices: [{ payload: 2 }] }]);
    await Promise.all([one.close(), two.close()]);
  });

  it.each(["redis://", "redis://host/one", "http://127.0.0.1:1", "redis//", ""])(
    "is refused for the address %j",
    async (url) => {
      expect((await refusal(openRedisStore(url))).code).toBe("unsupported");
    },
  );

  it("is refused where nobody answers, and says who was asked but not with what password", async () => {
    const { port } = new URL(redis.url);
    const free = Number(port) === 65_535 ? 1 : 65_535;
    const refused = await refusal(
      openRedisStore(`redis://me:secret@127.0.0.1:${free}/3`, { connectMs: 200 }),
    );
    expect(refused.code).toBe("unreadable");
    expect(refused.message).toContain(`127.0.0.1:${free}/3`);
    expect(refused.message).not.toContain("secret");
  });

  it("waits for a server that is not there yet", async () => {
    await redis.kill();
    const opening = openRedisStore(redis.url);
    await redis.start();
    const store = await opening;
    expect(await store.head("p1")).toMatchObject({ seq: 0 });
    await store.close();
  });

  it("is refused without the password at once, and opened with it", async () => {
    await configured("requirepass", "p@ss word");
    const withPassword = redis.url.replace("//", `//:${encodeURIComponent("p@ss word")}@`);
    try {
      for (const url of [redis.url, redis.url.replace("//", "//:wrong@")]) {
        expect((await refusal(openRedisStore(url))).code).toBe("unreadable");
      }
      const store = await openRedisStore(withPassword);
      expect(await store.head("p1")).toMatchObject({ seq: 0 });
      await store.close();
    } finally {
      const client = new Redis(withPassword);
      await client.config("SET", "requirepass", "");
      client.disconnect();
    }
  });

  it("is refused on a server that forgets keys when memory is short", async () => {
    await configured("maxmemory-policy", "allkeys-lru");
    const refused = await refusal(openRedisStore(redis.url));
    await configured("maxmemory-policy", "noeviction");
    expect(refused).toMatchObject({ code: "unsupported", remedy: "Set maxmemory-policy noeviction." });
    expect(refused.message).toContain("allkeys-lru");
  });

  it("is refused on a replica", async () => {
    await redis.with((client) => client.replicaof("127.0.0.1", 1));
    const refused = await refusal(openRedisStore(redis.url));
    await redis.with((client) => client.replicaof("NO", "ONE"));
    expect(refused.code).toBe("unsupported");
    expect(refused.message).toContain("replica");
  });

  it("is refused on a cluster", async () => {
    const cluster = await startRedis({ args: ["--cluster-enabled", "yes"] });
    const refused = await refusal(openRedisStore(cluster.url));
    await cluster.stop();
    expect(refused.code).toBe("unsupported");
    expect(refused.message).toContain("Cluster");
  });

  it.each([
    ["6.0.16", false],
    ["5.0.7", false],
    ["6.2.0", true],
    ["8.0.1", true],
  ])("on version %s is opened: %s", async (version, isOpened) => {
    const createClient: CreateClient = (settings) => {
      const client = new Redis(settings);
      const info = client.info.bind(client);
      // One of its overloads is enough for whom it is given to.
      client.info = (async (...sections: string[]) =>
        (await info(...sections)).replace(/redis_version:\S+/, `redis_version:${version}`)) as typeof info;
      return client;
    };
    const opening = openRedisStore(redis.url, { createClient });
    if (isOpened) await (await opening).close();
    else expect((await refusal(opening)).message).toContain(version);
  });

  it("is refused when a newer version wrote it", async () => {
    await redis.with((client) => client.set("holdfast:format", 2));
    expect((await refusal(openRedisStore(redis.url))).code).toBe("newer-format");
  });
});
