import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Entity } from "../../sdk/protocol/index.ts";
import { indexedDb, memory, type Persistence } from "../../sdk/store/persistence/index.ts";
import { createKeeper } from "../../sdk/store/persistence/keeper.ts";
import { createMemoryLocks } from "../../sdk/store/persistence/memory-locks.ts";
import { createMemoryVault } from "../../sdk/store/persistence/memory-vault.ts";
import type { Vault } from "../../sdk/store/persistence/vault.ts";
import { anEntity, anEvent } from "./entities.ts";
import { STATUS } from "./fake-link.ts";
import { createPartWorld, type PartWorld } from "./part-world.ts";

const worlds: PartWorld[] = [];
let tabs = 0;

/** A page of the application, or one after a reload. */
function page(persistence: Persistence, options: { projectId?: string } = {}): PartWorld {
  const world = createPartWorld({ persistence, clientId: `tab${++tabs}`, ...options });
  worlds.push(world);
  return world;
}

/** Everything under way in the database and between tabs. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function delta(
  world: PartWorld,
  entities: readonly Entity[] = [],
  seq = world.store.position?.seq ?? 0,
): object {
  const { position } = world.store;
  const focus = {
    projectId: "p1",
    focusedSessions: [],
    totalFocused: 0,
    maxFocused: 4,
    version: 0,
    epoch: "e1",
  };
  const common = { success: true, epoch: "e1", seq, focus, serverTime: 0 };
  const changes = { tasks: { upserted: entities, removed: [] } };
  if (position !== undefined) return { ...common, mode: "delta", from: position.seq, changes, events: [] };
  const rest = { project: null, sessions: [], teamMembers: [], mail: [], collections: {} };
  return { ...common, mode: "snapshot", ...rest, tasks: entities };
}

async function connect(world: PartWorld, entities: readonly Entity[] = [], seq = 5): Promise<void> {
  world.link.goUp();
  await quiet();
  world.link.say("state:synced", delta(world, entities, Math.max(seq, world.store.position?.seq ?? 0)));
  await quiet();
  // A page whose position went meanwhile asks again.
  for (const { event, answer } of world.link.open) {
    if (event === "state:sync") answer(delta(world, entities, seq));
  }
  await quiet();
}

const rename = (world: PartWorld, title: string) =>
  world.tasks.update("t", (draft) => {
    draft.title = title;
  });

/** Leaves as a closed tab does: what is noted is kept, the locks are free. */
async function leave(world: PartWorld): Promise<void> {
  world.close();
  await quiet();
}

beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
});
afterEach(async () => {
  for (const world of worlds.splice(0)) await leave(world);
  vi.unstubAllGlobals();
});

describe.each([
  ["in memory", () => memory()],
  ["in IndexedDB", () => indexedDb(`app${tabs}`)],
])("what is kept %s", (_, make) => {
  test("is shown after a reload before the network answers, and only what changed is asked for", async () => {
    const persistence = make();
    const first = page(persistence);
    await first.keeper?.restore();
    await connect(first, [anEntity("t", { title: "A" }), anEntity("u")]);
    first.link.say("events", {
      events: [anEvent("task:updated", 6, anEntity("t", { title: "B", version: 2, seq: 6 }))],
    });
    first.clock.advance(500);
    await first.keeper?.flushed();
    await leave(first);

    const second = page(persistence);
    let told = 0;
    second.tasks.subscribe(() => {
      told += 1;
    });
    await second.keeper?.restore();
    expect(second.tasks.list().map(({ id, title }) => [id, title])).toEqual([
      ["t", "B"],
      ["u", undefined],
    ]);
    expect(told).toBe(1);
    expect(second.sync.handshake?.()).toEqual({ sync: { since: { epoch: "e1", seq: 6 }, limit: 2_000 } });
    expect(second.kept).toMatchObject([{ what: "restored", entities: 2, seq: 6 }]);
    expect(second.errors).toEqual([]);
  });

  test("includes what was written offline, in order and to the letter, and what it looks like", async () => {
    const persistence = make();
    const first = page(persistence);
    await first.keeper?.restore();
    await connect(first, [anEntity("t", { title: "A" })]);
    first.link.goDown();
    const made = first.tasks.create({ title: "N" });
    for (let n = 0; n < 11; n++) rename(first, `t${n}`);
    first.clock.advance(500);
    await leave(first);

    const second = page(persistence);
    const third = page(persistence);
    await second.keeper?.restore();
    expect(second.tasks.get("t")?.title).toBe("t10");
    expect(second.tasks.get(made.entityId)?.title).toBe("N");
    await third.keeper?.restore();
    expect(third.mutations.getSnapshot().pending).toEqual([]);
    await connect(second, [anEntity("t", { title: "A" })]);
    const sent = second.link.open.map(({ payload }) => payload["mutationId"]);
    expect(sent).toEqual(Array.from({ length: 12 }, (_, n) => `${made.id.split(":")[0]}:${n + 1}`));
    for (const { answer } of second.link.open)
      answer({ success: true, result: anEntity("t"), seq: 20, epoch: "e1" });
    await quiet();
    second.link.say("events", { events: [] });
    second.store.commit({ position: { epoch: "e1", seq: 20 } });
    second.clock.advance(500);
    await second.keeper?.flushed();
    expect(second.mutations.stored()).toEqual([]);
    await leave(second);

    const fourth = page(persistence);
    await fourth.keeper?.restore();
    expect(fourth.mutations.stored()).toEqual([]);
    expect([second.errors, third.errors, fourth.errors]).toEqual([[], [], []]);
  });

  test("that was acknowledged and not yet in the base is shown until it is", async () => {
    const persistence = make();
    const first = page(persistence);
    await first.keeper?.restore();
    await connect(first, [anEntity("t", { title: "A" })]);
    first.clock.advance(500);
    rename(first, "B");
    await quiet();
    first.link.open[0]?.answer({ success: true, result: anEntity("t", { title: "B" }), seq: 6, epoch: "e1" });
    await quiet();
    await leave(first);

    const second = page(persistence);
    await second.keeper?.restore();
    expect(second.tasks.get("t")?.title).toBe("B");
    expect(second.mutations.getSnapshot().pending).toEqual([]);
    await connect(second, [anEntity("t", { title: "B", version: 2, seq: 6 })], 6);
    expect([second.link.open, second.mutations.stored()]).toEqual([[], []]);
    expect(second.tasks.get("t")).toMatchObject({ title: "B", version: 2 });
  });

  test("of two tabs is sent by each for itself, and by the other once one is gone", async () => {
    const persistence = make();
    const [first, second] = [page(persistence), page(persistence)];
    await first.keeper?.restore();
    await second.keeper?.restore();
    await quiet();
    first.tasks.create({ title: "one" });
    second.tasks.create({ title: "two" });
    await quiet();
    const pending = (world: PartWorld) =>
      world.mutations.stored().map(({ intent }) => (intent.kind === "create" ? intent.value["title"] : "?"));
    expect([pending(first), pending(second)]).toEqual([["one"], ["two"]]);
    await leave(second);
    expect(pending(first)).toEqual(["one", "two"]);
    await connect(first);
    expect(new Set(first.link.open.map(({ payload }) => payload["mutationId"])).size).toBe(2);
    await leave(first);

    const third = page(persistence);
    await third.keeper?.restore();
    expect(pending(third).sort()).toEqual(["one", "two"]);
  });

  test("of two tabs is written by one, and by the other once that is gone", async () => {
    const persistence = make();
    const [first, second] = [page(persistence), page(persistence)];
    await first.keeper?.restore();
    await second.keeper?.restore();
    await connect(first, [anEntity("t", { title: "A" })]);
    await connect(second, [anEntity("t", { title: "A" })]);
    const step = async (title: string, seq: number): Promise<void> => {
      const updated = anEvent("task:updated", seq, anEntity("t", { title, version: seq, seq }));
      for (const { link, clock } of [first, second]) {
        if (link.up === undefined) continue;
        link.say("events", { events: [updated] });
        clock.advance(500);
      }
      await quiet();
    };
    await step("B", 6);
    const written = (world: PartWorld) =>
      world.kept.filter(({ what, entities = 0 }) => what === "written" && entities > 0).length;
    expect([written(first) > 0, written(second)]).toEqual([true, 0]);
    await leave(first);
    first.link.goDown();
    await step("C", 7);
    await leave(second);
    const third = page(persistence);
    await third.keeper?.restore();
    expect(third.tasks.get("t")?.title).toBe("C");
  });

  test("of one user is nothing to another: neither shown nor sent, and still there for the first", async () => {
    const persistence = make();
    const first = page(persistence);
    await first.keeper?.restore();
    await connect(first, [anEntity("t", { title: "A" })]);
    first.link.goDown();
    rename(first, "of ada");
    first.clock.advance(500);
    await leave(first);

    const second = page(persistence);
    await second.keeper?.restore();
    expect(second.tasks.get("t")?.title).toBe("of ada");
    const mine = second.tasks.create({ title: "of bob" });
    const up = STATUS as { userId?: string };
    up.userId = "bob";
    try {
      await connect(second, [anEntity("t", { title: "A" })]);
      expect(second.tasks.get("t")?.title).toBe("A");
      expect(second.link.open.map(({ payload }) => payload["mutationId"])).toEqual([mine.id]);
      expect(second.kept.map(({ what }) => what)).toContain("other user");
      await leave(second);
      const bob = page(persistence);
      await bob.keeper?.restore();
      expect(bob.mutations.stored().map(({ id }) => id)).toEqual([mine.id]);
      await leave(bob);
    } finally {
      up.userId = "ada";
    }
    const ada = page(persistence);
    await connect(ada, [anEntity("t", { title: "A" })]);
    expect(ada.tasks.get("t")?.title).toBe("of ada");
    expect(ada.errors).toEqual([]);
  });

  test("is another project's after a switch, and comes back with the first", async () => {
    const persistence = make();
    const world = page(persistence);
    await world.keeper?.restore();
    await connect(world, [anEntity("t", { title: "A" })]);
    world.link.goDown();
    const switchTo = async (projectId: string): Promise<void> => {
      world.keeper?.reset?.(projectId);
      world.sync.reset?.(projectId);
      await quiet();
    };
    await switchTo("p2");
    expect(world.tasks.list()).toEqual([]);
    await switchTo("p1");
    expect(world.tasks.get("t")?.title).toBe("A");
    expect(world.errors).toEqual([]);
  });
});

describe("a device that does not play along", () => {
  /** Keeps over a vault whose methods the test replaces. */
  function over(change: Partial<Vault>, vault: Vault = createMemoryVault()): Persistence {
    const door = {
      open: () => Promise.resolve({ ...vault, ...change }),
      locks: createMemoryLocks(),
      channel: () => ({ tell() {}, close() {} }),
    };
    return { keep: (options) => createKeeper(door, options) };
  }
  const full = (): Error => new DOMException("full", "QuotaExceededError");

  test("being full keeps no base, says so once, and still keeps what the user wrote", async () => {
    const vault = createMemoryVault();
    const write: Vault["write"] = (scope, change) =>
      change.base === undefined ? vault.write(scope, change) : Promise.reject(full());
    const world = page(over({ write }, vault));
    await world.keeper?.restore();
    await connect(world, [anEntity("t", { title: "A" })]);
    world.link.goDown();
    rename(world, "B");
    world.clock.advance(500);
    await world.keeper?.flushed();
    rename(world, "C");
    world.clock.advance(500);
    await world.keeper?.flushed();
    expect(world.errors).toMatchObject([{ message: "The copy of the project does not fit on this device." }]);
    const scope = JSON.stringify(["http://server", "p1", "ada"]);
    expect(await vault.writes(scope)).toHaveLength(2);
    expect(await vault.base(scope)).toBeUndefined();
    expect(world.tasks.get("t")?.title).toBe("C");
  });

  test.each([
    [
      "an entity without an id",
      { buckets: [{ collection: "tasks", bucket: 0, entities: [{ title: "?" }] }] },
    ],
    ["no position", { position: { epoch: 5 } }],
  ])("having kept %s starts from a snapshot, and says so", async (_, damage) => {
    const kept = { position: { epoch: "e1", seq: 5 }, stamp: "1", buckets: [], ...damage };
    let cleared = 0;
    const world = page(
      over({
        base: () => Promise.resolve(kept as unknown as Awaited<ReturnType<Vault["base"]>>),
        async clearBase() {
          cleared += 1;
        },
      }),
    );
    await world.keeper?.restore();
    expect(world.errors).toMatchObject([{ message: "The copy of the project on this device is damaged." }]);
    expect(cleared).toBe(1);
    expect(world.sync.handshake?.()).toEqual({ sync: { limit: 2_000 } });
    await connect(world, [anEntity("t")]);
    expect(world.sync.state.getSnapshot()).toEqual({ name: "current" });
  });

  test("losing the page between a base and its copy loses neither a write nor its effect", async () => {
    const vault = createMemoryVault();
    const scope = JSON.stringify(["http://server", "p1", "ada"]);
    const world = page(over({}, vault));
    await world.keeper?.restore();
    await connect(world, [anEntity("t", { title: "A" })]);
    world.clock.advance(500);
    await world.keeper?.flushed();
    const renamed = rename(world, "B");
    await quiet();
    const result = anEntity("t", { title: "B", version: 2, seq: 6 });
    world.link.say("events", { events: [anEvent("task:updated", 6, result, { mutationId: renamed.id })] });
    expect(renamed.status).toBe("synced");
    // Another write is kept at once; the base, and with it the end of the first, a little later.
    rename(world, "C");
    await quiet();
    expect((await vault.writes(scope)).map(({ id }) => id)).toContain(renamed.id);
    expect(await vault.base(scope)).toMatchObject({ position: { seq: 5 } });
    world.clock.advance(500);
    await world.keeper?.flushed();
    expect((await vault.writes(scope)).map(({ id }) => id)).not.toContain(renamed.id);
    expect(await vault.base(scope)).toMatchObject({ position: { seq: 6 } });
  });

  test("without locks writes the whole base anew where another tab wrote it meanwhile", async () => {
    const vault = createMemoryVault();
    const scope = JSON.stringify(["http://server", "p1", "ada"]);
    const world = page(over({}, vault));
    await world.keeper?.restore();
    await connect(world, [anEntity("t", { title: "A" }), anEntity("u")]);
    world.clock.advance(500);
    await world.keeper?.flushed();
    const theirs = { position: { epoch: "e1", seq: 1 }, buckets: [], on: undefined, stamp: "another tab" };
    await vault.write(scope, { base: theirs, put: [], remove: [] });
    world.link.say("events", {
      events: [anEvent("task:updated", 6, anEntity("t", { title: "B", version: 2, seq: 6 }))],
    });
    world.clock.advance(500);
    await world.keeper?.flushed();
    const base = await vault.base(scope);
    expect(base?.position).toEqual({ epoch: "e1", seq: 6 });
    const entities = base?.buckets.flatMap((bucket) => bucket.entities) ?? [];
    expect(entities.map(({ id, title }) => [id, title]).sort()).toEqual([
      ["t", "B"],
      ["u", undefined],
    ]);
  });

  test("that has no database is done without, and says so", async () => {
    vi.stubGlobal("indexedDB", undefined);
    const world = page(indexedDb("app"));
    await world.keeper?.restore();
    expect(world.errors).toMatchObject([{ message: "What is kept on this device cannot be opened." }]);
    await connect(world, [anEntity("t", { title: "A" })]);
    expect(rename(world, "B").status).toBe("queued");
  });

  test("whose database does not open is waited for 3 s", async () => {
    const hanging = new Promise<Vault>(() => {});
    const door = {
      open: () => hanging,
      locks: createMemoryLocks(),
      channel: () => ({ tell() {}, close() {} }),
    };
    const world = page({ keep: (options) => createKeeper(door, options) });
    const restored = world.keeper?.restore();
    await quiet();
    world.clock.advance(3_000);
    await restored;
    expect(world.errors).toHaveLength(1);
  });

  test("that fails to read pending writes lets the client live without them", async () => {
    const world = page(over({ writes: () => Promise.reject(new Error("disk")) }));
    await world.keeper?.restore();
    expect(world.errors).toMatchObject([{ message: "What is kept on this device cannot be read." }]);
  });
});
