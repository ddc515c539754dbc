import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { RedisStore } from "../../server/store/redis-store.ts";
import { openMemoryServer } from "../behaviour/memory-server.ts";
import type { RawClient } from "../behaviour/raw-client.ts";
import type { ServerUnderTest } from "../behaviour/server-under-test.ts";
import { openNodes } from "./nodes.ts";

let stores: readonly RedisStore[];
let servers: readonly ServerUnderTest[];
let onA: RawClient;
let onB: RawClient;

beforeEach(async () => {
  stores = await openNodes(inject("redisUrl"), 2);
  servers = await Promise.all(stores.map((store) => openMemoryServer({ store })));
  [onA, onB] = (await Promise.all(servers.map((server) => server.connect()))) as [RawClient, RawClient];
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await Promise.all(stores.map((store) => store.close()));
});

const task = (n: number, projectId = "p1") => ({
  ...{ mutationId: `c1:${n}`, projectId, op: "create", collection: "tasks", id: `t${n}` },
  value: { title: `task ${n}` },
});

describe("sockets of two servers on one Redis", () => {
  it("hear each other's changes, each once and in order", async () => {
    await onB.request("state:sync", { projectId: "p1" });
    for (let n = 1; n <= 20; n += 1) {
      expect(await onA.request("mutate", task(n))).toMatchObject({ success: true, seq: n });
    }
    for (let n = 1; n <= 20; n += 1) expect(await onB.next("task:created")).toMatchObject({ seq: n });
    const heard = onB.events.filter(({ event }) => event === "task:created");
    expect(heard).toHaveLength(20);
    expect(await onB.request("state:sync", { projectId: "p1" })).toMatchObject({ seq: 20 });
  });

  it("get the first answer again, whichever server they ask", async () => {
    const first = await onA.request("mutate", task(1));
    const other = await servers[1]?.connect({ auth: { clientId: "elsewhere" } });
    expect(await other?.request("mutate", task(1))).toEqual({ ...first, replayed: true });
    expect(await other?.request("mutate", { ...task(1), value: { title: "another" } })).toMatchObject({
      code: "CONFLICT",
      details: { reused: true },
    });
  });

  it("hear of a new project and of what every reader is notified though they joined nothing", async () => {
    const project = { op: "create", collection: "projects", id: "p9", value: { name: "nine" } };
    await onA.request("mutate", { ...project, mutationId: "c1:1" });
    expect(await onB.next("project:created")).toMatchObject({ projectId: "p9", data: { name: "nine" } });
  });

  it("share the focus", async () => {
    await onB.request("state:sync", { projectId: "p1" });
    const session = { op: "create", collection: "sessions", id: "s1", value: { name: "one" } };
    await onA.request("mutate", { ...session, mutationId: "c1:1", projectId: "p1" });
    await onA.request("focus:set", { projectId: "p1", sessionId: "s1", focused: true });
    expect(await onB.next("focus_update")).toMatchObject({ focusedSessions: ["s1"], version: 1 });
    const unset = { projectId: "p1", sessionId: "s1", focused: false, expectedVersion: 1 };
    expect(await onB.request("focus:set", unset)).toMatchObject({ success: true, version: 2 });
  });
});
