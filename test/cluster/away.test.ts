import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { signToken } from "../../server/auth/sign-token.ts";
import { ask, connected, event, openClient, requested, startServer } from "../gateway/running-server.ts";
import { type RedisProcess, startRedisProcess } from "../redis/redis-process.ts";
import { PATIENCE_MS } from "../support/patience.ts";

let redis: RedisProcess;
beforeEach(async () => {
  redis = await startRedisProcess("aof");
});
afterEach(() => redis.stop());

const projectId = "p1";
/** Judged by a token, and thus counted with all of its user's. */
const secret = randomUUID();
let token: string;
beforeEach(async () => {
  token = await signToken({ secret, userId: "u1", projects: "*", lifetimeMs: 600_000, now: Date.now() });
});
const auth = (sync: object = {}) => ({ auth: { token, projectId, protocol: 1, sync } });
const task = (id: string) => ({
  ...{ mutationId: `${randomUUID()}:1`, op: "create", collection: "tasks", id, value: { title: id } },
});

interface Synced {
  readonly success: boolean;
  readonly mode: string;
  readonly epoch: string;
  readonly seq: number;
}

async function synced(url: string, sync: object = {}) {
  const socket = openClient(url, "/ui", auth(sync));
  const answer = (await event(socket, "state:synced")) as Synced;
  return { socket, answer };
}

const kill = (type: string) =>
  redis.with(async (client) => void (await client.call("CLIENT", "KILL", "TYPE", type)));

describe("while Redis is away", () => {
  it("sockets stay and come back, what they missed nothing of is read, changes wait, and all resumes", async () => {
    const { url } = await startServer({ store: redis.url, auth: { secret } });
    const first = await synced(url);
    expect(await requested(first.socket, "mutate", task("t1"))).toMatchObject({ success: true, seq: 1 });
    const { epoch } = first.answer;
    await redis.kill();
    const refused = await first.socket.timeout(PATIENCE_MS).emitWithAck("mutate", task("t2"));
    expect(refused).toMatchObject({ success: false, code: "UNAVAILABLE" });
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    expect((await ask(`${url}/readyz`)).status).toBe(503);
    const again = await synced(url, { since: { epoch, seq: 1 } });
    expect(again.answer).toMatchObject({ success: true, mode: "delta", epoch, seq: 1 });
    expect(first.socket.connected).toBe(true);
    const reset = event(again.socket, "state:reset");
    await redis.start();
    // The server process is another one: what it holds may be older, so that everybody reads it anew.
    expect(await reset).toMatchObject({ projectId });
    await expect.poll(async () => (await ask(`${url}/readyz`)).status).toBe(200);
    expect(await requested(first.socket, "mutate", task("t2"))).toMatchObject({ success: true });
  });
});

describe("a bootstrap slot", () => {
  it("that was set while Redis was away is told when it is back", async () => {
    const store = redis.url;
    const [a, b] = [await startServer({ store }), await startServer({ store })];
    const { socket } = await connected(b.url, "/ui", { auth: { projectId, protocol: 1 } });
    const before = event(socket, "bootstrap");
    a.server.bootstrap.set(projectId, "welcome", 1);
    expect(await before).toMatchObject({ slot: "welcome", payload: 1 });
    await redis.kill();
    a.server.bootstrap.set(projectId, "trace-loaded", 2);
    const after = event(socket, "bootstrap");
    await redis.start();
    expect(await after).toMatchObject({ slot: "trace-loaded", payload: 2, index: 0, total: 1 });
    const next = event(socket, "bootstrap");
    a.server.bootstrap.set(projectId, "trace-loaded", 3);
    expect(await next).toMatchObject({ payload: 3 });
    const slots: string[] = [];
    const onA = openClient(a.url, "/ui", { auth: { projectId, protocol: 1 } });
    onA.on("bootstrap", ({ slot }: { slot: string }) => slots.push(slot));
    b.server.bootstrap.set(projectId, "started", 4);
    await expect.poll(() => slots).toContain("started");
  });
});

describe("a channel", () => {
  it("tells every event once and in order, however often the connections that hear are cut", async () => {
    const store = redis.url;
    const [a, b] = [await startServer({ store }), await startServer({ store })];
    const { socket: onA } = await connected(a.url, "/ui", { auth: { projectId, protocol: 1 } });
    const { socket: onB } = await connected(b.url, "/ui", { auth: { projectId, protocol: 1 } });
    const heard: number[] = [];
    onB.on("channel:event", ({ offset }: { offset: number }) => heard.push(offset));
    expect(await requested(onB, "channel:subscribe", { channel: "git" })).toMatchObject({ success: true });
    for (let n = 1; n <= 150; n += 1) {
      if (n % 25 === 0) await kill("pubsub");
      expect(await requested(onA, "channel:publish", { channel: "git", data: n })).toMatchObject({
        offset: n,
      });
    }
    await expect.poll(() => heard.at(-1)).toBe(150);
    expect(heard).toEqual(Array.from({ length: 150 }, (_, index) => index + 1));
  });

  it("has a new epoch after Redis came back, and those who listen hear of it with the next event", async () => {
    const { url } = await startServer({ store: redis.url });
    const { socket } = await connected(url, "/ui", { auth: { projectId, protocol: 1 } });
    const start = (await requested(socket, "channel:subscribe", { channel: "git" })) as unknown as Synced;
    await requested(socket, "channel:publish", { channel: "git", data: 1 });
    await redis.kill();
    await redis.start();
    await expect
      .poll(() => requested(socket, "channel:publish", { channel: "git", data: 2 }))
      .toMatchObject({
        success: true,
      });
    const since = { epoch: start.epoch, offset: 1 };
    const recovered = await requested(socket, "channel:subscribe", { channel: "git", since });
    expect(recovered).toMatchObject({ success: true, recovered: false, events: [{ data: 1 }, { data: 2 }] });
    expect(recovered).not.toMatchObject({ epoch: start.epoch });
  });
});
