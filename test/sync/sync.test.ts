import { describe, expect, test } from "vitest";
import { HoldfastError } from "../../sdk/errors.ts";
import type { DeltaAck, Entity, Envelope, SnapshotAck } from "../../sdk/protocol/index.ts";
import { anEntity, anEvent, base } from "../state/entities.ts";
import { settled } from "../state/fake-link.ts";
import { createPartWorld, type PartWorldOptions } from "../state/part-world.ts";

const focus = {
  projectId: "p1",
  focusedSessions: [],
  totalFocused: 0,
  maxFocused: 4,
  version: 0,
  epoch: "e1",
};
const common = { epoch: "e1", focus, serverTime: 0 };

function snapshot(seq: number, tasks: readonly Entity[], more: Partial<SnapshotAck> = {}): SnapshotAck {
  // The shape is the contract's; the tests' tasks have only the fields they look at.
  const list = tasks as unknown as SnapshotAck["tasks"];
  const rest = { project: null, sessions: [], teamMembers: [], mail: [], collections: {} };
  return { mode: "snapshot", ...common, seq, ...rest, tasks: list, ...more };
}

function delta(from: number, seq: number, more: Partial<DeltaAck> = {}): DeltaAck {
  return { mode: "delta", ...common, from, seq, changes: {}, events: [], ...more };
}

const synced = (ack: object) => ({ success: true, ...ack });
const created = (seq: number, id: string): Envelope & { seq: number } =>
  anEvent("task:created", seq, anEntity(id, { seq }));

/** Current at seq 5, with task `t` in the base. */
async function current(options: PartWorldOptions = {}) {
  const world = createPartWorld(options);
  world.link.goUp();
  world.link.say("state:synced", synced(snapshot(5, [anEntity("t")])));
  await settled();
  world.trace.length = 0;
  const told = { count: 0 };
  world.tasks.subscribe(() => {
    told.count += 1;
  });
  return { ...world, told };
}

describe("connecting", () => {
  test("asks in the handshake, from the position once there is one", async () => {
    const { sync, link } = createPartWorld({ pageEntities: 100 });
    expect(sync.handshake?.()).toEqual({ sync: { limit: 100 } });
    link.goUp();
    expect(sync.state.getSnapshot()).toEqual({ name: "syncing", reason: "connect" });
    link.say("state:synced", synced(snapshot(5, [])));
    await settled();
    expect(sync.state.getSnapshot()).toEqual({ name: "current" });
    expect(sync.handshake?.()).toEqual({
      sync: { since: { epoch: "e1", seq: 5 }, limit: 100, packed: true },
    });
    expect(link.requests).toEqual([]);
  });

  test.each([
    ["a delta without anything new", delta(5, 5), "current", 5],
    ["a delta", delta(5, 7, { changes: { tasks: { upserted: [anEntity("u")], removed: [] } } }), "delta", 7],
    ["a snapshot", snapshot(9, [anEntity("u")], { epoch: "e2" }), "snapshot", 9],
  ] as const)("%s is an outcome of its own, with one notification at most", async (_, ack, outcome, seq) => {
    const { link, trace, told, sync } = await current();
    link.goDown();
    expect(sync.state.getSnapshot()).toEqual({ name: "down" });
    link.goUp();
    link.say("state:synced", synced(ack));
    await settled();
    expect(trace).toMatchObject([
      { type: "sync", outcome, reason: "connect", from: { seq: 5 }, to: { seq } },
    ]);
    expect(told.count).toBe(outcome === "current" ? 0 : 1);
  });

  test("asks by itself where the handshake is answered with a failure, or not at all", async () => {
    const world = createPartWorld();
    world.link.goUp();
    world.link.say("state:synced", { success: false, error: "no", code: "BAD_REQUEST" });
    await settled();
    expect(world.link.open.map(({ event }) => event)).toEqual(["state:sync"]);

    const silent = createPartWorld();
    silent.link.goUp();
    silent.clock.advance(10_000);
    expect(silent.link.open.map(({ payload }) => payload)).toEqual([{ projectId: "p1", limit: 2_000 }]);
    silent.link.open[0]?.answer(snapshot(1, []));
    await settled();
    expect(silent.sync.state.getSnapshot()).toEqual({ name: "current" });
  });

  test("keeps the same entities where a snapshot brings nothing else", async () => {
    const { link, tasks, told } = await current();
    const before = tasks.list();
    link.goDown();
    link.goUp();
    link.say("state:synced", synced(snapshot(5, [anEntity("t")], { epoch: "e2" })));
    await settled();
    expect(told.count).toBe(0);
    expect(tasks.list()).toBe(before);
  });
});

describe("live events", () => {
  test("of one frame are one notification, and heard after the base holds them all", async () => {
    const { link, told, tasks, delivered, sync } = await current();
    const seen: unknown[] = [];
    tasks.subscribe(() => void seen.push([sync.position?.seq, tasks.list().length]));
    link.say("events", { events: [created(6, "a"), created(7, "b")] });
    expect(told.count).toBe(1);
    expect(seen).toEqual([[7, 3]]);
    expect(delivered.map(({ envelope, replayed }) => [envelope.seq, replayed])).toEqual([
      [6, false],
      [7, false],
    ]);
  });

  test("come alone under their own names too", async () => {
    const { link, tasks } = await current();
    link.say("task:created", created(6, "a"));
    expect(tasks.get("a")).toBeDefined();
  });

  test("already known are neither taken nor heard", async () => {
    const { link, told, delivered, trace } = await current();
    link.say("events", { events: [created(5, "a")] });
    expect([told.count, delivered.length]).toEqual([0, 0]);
    expect(trace).toEqual([{ type: "event:dropped", seq: 5, position: { epoch: "e1", seq: 5 } }]);
  });

  test("after a gap are held until a delta closes it, and heard once", async () => {
    const { link, told, tasks, delivered, trace } = await current();
    link.say("events", { events: [created(8, "c")] });
    link.say("events", { events: [created(9, "d")] });
    expect(link.open.map(({ payload }) => payload)).toEqual([
      { projectId: "p1", since: { epoch: "e1", seq: 5 }, limit: 2_000 },
    ]);
    expect([told.count, delivered.length]).toEqual([0, 0]);
    const missed = anEvent("notify:progress", 7, { sessionId: "s", message: "m" });
    const changes = { tasks: { upserted: [anEntity("a"), anEntity("c")], removed: [] } };
    link.open[0]?.answer(delta(5, 8, { changes, events: [missed] }));
    await settled();
    expect(told.count).toBe(1);
    expect(tasks.list().map(({ id }) => id)).toEqual(["a", "c", "d", "t"]);
    expect(delivered.map(({ envelope, replayed }) => [envelope.seq, replayed])).toEqual([
      [7, true],
      [9, false],
    ]);
    expect(trace.at(-1)).toMatchObject({
      outcome: "delta",
      reason: "gap",
      counts: { upserted: 2, events: 1, held: 1 },
    });
  });

  test("of another epoch, and a reset, ask for the new history", async () => {
    for (const say of ["event", "reset"]) {
      const { link, sync, tasks } = await current();
      if (say === "event") link.say("events", { events: [{ ...created(1, "a"), epoch: "e2" }] });
      else link.say("state:reset", { projectId: "p1", epoch: "e2", seq: 0 });
      expect(link.open).toHaveLength(1);
      link.open[0]?.answer(snapshot(1, [anEntity("a")], { epoch: "e2" }));
      await settled();
      expect(sync.position).toEqual({ epoch: "e2", seq: 1 });
      expect(tasks.list().map(({ id }) => id)).toEqual(["a"]);
      expect(link.open).toEqual([]);
    }
  });

  test("a reset heard while syncing is answered by another sync, unless that sync was of the new history", async () => {
    const { link } = await current();
    link.say("events", { events: [created(8, "c")] });
    link.say("state:reset", { projectId: "p1", epoch: "e2", seq: 0 });
    link.open[0]?.answer(delta(5, 8));
    await settled();
    expect(link.open).toHaveLength(1);
    link.say("state:reset", { projectId: "p1", epoch: "e2", seq: 0 });
    link.open[0]?.answer(snapshot(0, [], { epoch: "e2" }));
    await settled();
    expect(link.open).toEqual([]);
  });

  test("with a change that does not fit the base make it ask for everything", async () => {
    const { link, tasks, sync } = await current();
    const { data: _, ...bare } = anEvent("task:updated", 6, 0);
    link.say("events", { events: [{ ...bare, change: { id: "t", version: 7, set: { title: "B" } } }] });
    expect(tasks.get("t")?.version).toBe(1);
    expect(link.open[0]?.payload).toEqual({ projectId: "p1", limit: 2_000 });
    link.open[0]?.answer(snapshot(6, [anEntity("t", { version: 7, title: "B" })]));
    await settled();
    expect(tasks.get("t")).toMatchObject({ version: 7, title: "B" });
    expect(sync.state.getSnapshot()).toEqual({ name: "current" });
    // Trusted again: the next handshake goes on from here.
    expect(sync.handshake?.()).toMatchObject({ sync: { since: { epoch: "e1", seq: 6 } } });
  });

  test("of another project are heard and take no place in the history", async () => {
    const { link, sync, delivered, tasks } = await current();
    link.say("project:created", { ...anEvent("project:created", 90, anEntity("p2")), projectId: "p2" });
    expect(delivered).toHaveLength(1);
    expect([sync.position?.seq, tasks.list().length]).toEqual([5, 1]);
    expect(link.open).toEqual([]);
  });

  test("beyond the bound while syncing are made up for by another sync", async () => {
    const { link, tasks, trace } = await current();
    link.say("events", { events: [created(7, "late")] });
    const many = Array.from({ length: 1_200 }, (_, index) => created(8 + index, `m${index}`));
    link.say("events", { events: many });
    link.open[0]?.answer(delta(5, 6));
    await settled();
    expect(tasks.list()).toHaveLength(1);
    expect(link.open).toHaveLength(1);
    const upserted = [anEntity("late"), ...many.map(({ data }) => data as Entity)];
    link.open[0]?.answer(delta(6, 1_207, { changes: { tasks: { upserted, removed: [] } } }));
    await settled();
    expect(tasks.list()).toHaveLength(1_202);
    expect(link.open).toEqual([]);
    expect(trace.filter(({ type }) => type === "sync")).toHaveLength(2);
  });
});

describe("a paged snapshot", () => {
  const page = (index: number, tasks: readonly Entity[], cursor?: string): SnapshotAck =>
    snapshot(5, tasks, { page: { index, total: 3, ...(cursor === undefined ? {} : { cursor }) } });

  test("is collected with progress, completed by what changed meanwhile and committed as one", async () => {
    const { link, tasks, sync, trace } = createPartWorld();
    const progress: unknown[] = [];
    let told = 0;
    tasks.subscribe(() => {
      told += 1;
    });
    sync.state.subscribe(() => {
      const state = sync.state.getSnapshot();
      if (state.name === "syncing" && state.progress !== undefined) progress.push(state.progress);
    });
    link.goUp();
    link.say("state:synced", synced(page(0, [anEntity("a"), anEntity("b")], "c1")));
    await settled();
    expect(link.open[0]?.payload).toEqual({ cursor: "c1" });
    link.open[0]?.answer(page(1, [anEntity("c"), anEntity("d")], "c2"));
    await settled();
    link.say("events", { events: [created(7, "live")] });
    link.open[0]?.answer(page(2, [anEntity("e")]));
    await settled();
    expect(link.open[0]?.payload).toEqual({ projectId: "p1", since: { epoch: "e1", seq: 5 }, limit: 2_000 });
    expect([told, tasks.list()]).toEqual([0, []]);
    const changes = {
      tasks: { upserted: [], patched: [{ id: "c", version: 2, set: { title: "C" } }], removed: ["d"] },
    };
    link.open[0]?.answer(delta(5, 6, { changes }));
    await settled();
    expect(told).toBe(1);
    expect(tasks.list().map(({ id }) => id)).toEqual(["a", "b", "c", "e", "live"]);
    expect(tasks.get("c")).toMatchObject({ title: "C", version: 2 });
    expect(sync.position).toEqual({ epoch: "e1", seq: 7 });
    expect(progress).toEqual([
      { done: 2, total: 6 },
      { done: 4, total: 6 },
    ]);
    expect(trace).toMatchObject([
      { outcome: "snapshot", counts: { upserted: 5, patched: 1, removed: 1, pages: 3, held: 1 } },
    ]);
  });

  test("begun anew where the history does so in the middle", async () => {
    const { link, tasks, sync } = createPartWorld();
    link.goUp();
    link.say("state:synced", synced(page(0, [anEntity("a")], "c1")));
    await settled();
    link.open[0]?.answer({ ...page(1, [anEntity("b")]), epoch: "e2" });
    await settled();
    link.open[0]?.answer(snapshot(1, [anEntity("z")], { epoch: "e2" }));
    await settled();
    expect(sync.position).toEqual({ epoch: "e2", seq: 1 });
    expect(tasks.list().map(({ id }) => id)).toEqual(["z"]);
  });

  test("whose cursor grew too old is tried again from the start", async () => {
    const { link, clock, sync } = createPartWorld();
    link.goUp();
    link.say("state:synced", synced(page(0, [anEntity("a")], "c1")));
    await settled();
    link.open[0]?.refuse(new HoldfastError("BAD_REQUEST", "old cursor"));
    await settled();
    expect(sync.state.getSnapshot()).toMatchObject({ name: "syncing", error: { code: "BAD_REQUEST" } });
    clock.advance(1_000);
    expect(link.open[0]?.payload).toEqual({ projectId: "p1", limit: 2_000 });
  });

  test("that comes whole gives the page a turn every 2,000 entities", async () => {
    const { link, clock, tasks } = createPartWorld();
    link.goUp();
    link.say(
      "state:synced",
      synced(
        snapshot(
          5,
          Array.from({ length: 5_000 }, (_, i) => anEntity(`t${i}`)),
        ),
      ),
    );
    await settled();
    expect(tasks.list()).toHaveLength(0);
    for (let turn = 0; turn < 2; turn++) {
      clock.advance(0);
      await settled();
    }
    expect(tasks.list()).toHaveLength(5_000);
  });
});

describe("a failing sync", () => {
  test("is tried again after a wait that the server may set", async () => {
    const { link, clock, trace, sync } = await current();
    const done = sync.sync();
    link.open[0]?.refuse(new HoldfastError("RATE_LIMITED", "slow down", { retryAfterMs: 700 }));
    await settled();
    expect(trace.at(-1)).toEqual({ type: "sync:failed", code: "RATE_LIMITED", retryInMs: 700 });
    clock.advance(699);
    expect(link.open).toEqual([]);
    clock.advance(1);
    link.open[0]?.answer(delta(5, 5));
    await expect(done).resolves.toBeUndefined();
  });

  test("that the server forbids ends in a state that says so", async () => {
    const { link, sync } = await current();
    const done = sync.sync();
    link.open[0]?.refuse(new HoldfastError("FORBIDDEN", "no"));
    await expect(done).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(sync.state.getSnapshot()).toMatchObject({ name: "failed", error: { code: "FORBIDDEN" } });
  });

  test("of a connection that is gone changes nothing any more", async () => {
    const { link, sync, tasks, clock } = await current();
    link.say("events", { events: [created(8, "c")] });
    const [old] = link.open;
    link.goDown();
    link.goUp();
    old?.answer(delta(5, 8, { changes: { tasks: { upserted: [anEntity("c")], removed: [] } } }));
    await settled();
    expect(tasks.get("c")).toBeUndefined();
    expect(sync.position?.seq).toBe(5);
    link.say("state:synced", synced(delta(5, 5)));
    await settled();
    expect(clock.waiting).toBe(0);
  });
});

test("a position that an ack promised and no event brought is asked for", async () => {
  const { sync, clock, link } = await current();
  sync.expect({ epoch: "e1", seq: 6 });
  clock.advance(5_000);
  expect(link.open).toHaveLength(1);
  link.open[0]?.answer(delta(5, 6));
  await settled();
  sync.expect({ epoch: "e1", seq: 6 });
  clock.advance(10_000);
  expect(link.open).toEqual([]);
});

test("a throwing subscriber neither moves nor holds the position", async () => {
  const { link, tasks, sync, errors, delivered } = await current();
  tasks.subscribe(() => {
    throw new Error("listener");
  });
  link.say("events", { events: [created(6, "a")] });
  link.say("events", { events: [created(7, "b")] });
  expect([sync.position?.seq, errors.length, delivered.length]).toEqual([7, 2, 2]);
});

test("another project starts from nothing", async () => {
  const { sync, link, store, tasks, told } = await current();
  link.goDown();
  sync.reset?.("p2");
  expect([store.projectId, tasks.list(), sync.position, told.count]).toEqual(["p2", [], undefined, 1]);
  expect(sync.handshake?.()).toEqual({ sync: { limit: 2_000 } });
});

test("a disposed part has no listener and no timer left, and says so to who waits", async () => {
  const { sync, link, clock, mutations, store } = await current();
  store.commit({ base: base("tasks", anEntity("x")) });
  const done = sync.sync();
  sync.dispose();
  mutations.dispose();
  await expect(done).rejects.toMatchObject({ code: "CLOSED" });
  expect([link.listeners, clock.waiting]).toEqual([0, 0]);
});
