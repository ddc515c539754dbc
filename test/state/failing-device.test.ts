import { describe, expect, test, vi } from "vitest";
import { indexedDb } from "../../sdk/store/persistence/index.ts";
import { createKeeper } from "../../sdk/store/persistence/keeper.ts";
import { createMemoryLocks } from "../../sdk/store/persistence/memory-locks.ts";
import { createMemoryVault } from "../../sdk/store/persistence/memory-vault.ts";
import type { Vault } from "../../sdk/store/persistence/vault.ts";
import { anEntity, anEvent } from "./entities.ts";
import { connect, overVault, page, quiet, rename, useDevice } from "./pages.ts";

useDevice();

describe("a device that does not play along", () => {
  const full = (): Error => new DOMException("full", "QuotaExceededError");

  test("being full keeps no base, says so once, and still keeps what the user wrote", async () => {
    const vault = createMemoryVault();
    const write: Vault["write"] = (scope, change) =>
      change.base === undefined ? vault.write(scope, change) : Promise.reject(full());
    const world = page(overVault({ write }, vault));
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
    const kept = { position: { epoch: "e1", seq: 5 }, buckets: [], ...damage };
    let cleared = 0;
    const world = page(
      overVault({
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
    const world = page(overVault({}, vault));
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

  test("writes the whole base anew where what is kept cannot be gone on from", async () => {
    const vault = createMemoryVault();
    const scope = JSON.stringify(["http://server", "p1", "ada"]);
    const world = page(overVault({}, vault));
    await world.keeper?.restore();
    await connect(world, [anEntity("t", { title: "A" }), anEntity("u")]);
    world.clock.advance(500);
    await world.keeper?.flushed();
    // As after another tab's base was damaged, and that tab began anew before it was up to date.
    await vault.clearBase(scope);
    const theirs = {
      position: { epoch: "e1", seq: 1 },
      buckets: [],
      since: undefined,
      past: new Set<string>(),
    };
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

  test("whose database is deleted under the page goes on without it, and says so once", async () => {
    const world = page(indexedDb("app"));
    await world.keeper?.restore();
    await connect(world, [anEntity("t", { title: "A" })]);
    world.clock.advance(500);
    await world.keeper?.flushed();
    await new Promise((resolve, reject) => {
      const deleting = indexedDB.deleteDatabase("app");
      deleting.onsuccess = resolve;
      deleting.onerror = reject;
    });
    for (const title of ["B", "C"]) {
      rename(world, title);
      world.clock.advance(500);
      await world.keeper?.flushed();
    }
    expect(world.errors).toMatchObject([
      { code: "UNAVAILABLE", message: "A pending write could not be kept." },
    ]);
    await quiet();
    expect([world.tasks.get("t")?.title, world.link.open.length]).toEqual(["C", 2]);
  });

  test("whose database another page keeps from opening is waited for 3 s", async () => {
    // A page that does not let go of a database that is to be deleted.
    const old = await new Promise<IDBDatabase>((resolve) => {
      const opening = indexedDB.open("app", 1);
      opening.onsuccess = () => resolve(opening.result);
    });
    indexedDB.deleteDatabase("app");
    const world = page(indexedDb("app"));
    const restored = world.keeper?.restore();
    await quiet();
    world.clock.advance(3_000);
    await restored;
    expect(world.errors).toMatchObject([{ message: "What is kept on this device cannot be opened." }]);
    await connect(world, [anEntity("t", { title: "A" })]);
    expect(rename(world, "B").status).toBe("queued");
    old.close();
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
    const world = page(overVault({ writes: () => Promise.reject(new Error("disk")) }));
    await world.keeper?.restore();
    expect(world.errors).toMatchObject([{ message: "What is kept on this device cannot be read." }]);
  });

  test("the server is told to forget an answer only once the device knows it", async () => {
    const vault = createMemoryVault();
    const waiting: (() => void)[] = [];
    let isSlow = false;
    const write: Vault["write"] = async (scope, change) => {
      if (isSlow) await new Promise<void>((resolve) => waiting.push(resolve));
      return vault.write(scope, change);
    };
    const world = page(overVault({ write }, vault));
    await world.keeper?.restore();
    await connect(world, [anEntity("t", { title: "A" })]);
    rename(world, "B");
    await quiet();
    isSlow = true;
    const result = anEntity("t", { title: "B", version: 2, seq: 6 });
    world.link.open[0]?.answer({ success: true, result, seq: 6, epoch: "e1" });
    await quiet();
    rename(world, "C");
    await quiet();
    expect(world.link.open.at(-1)?.payload["ackedThrough"]).toBeUndefined();
    isSlow = false;
    for (const go of waiting) go();
    await quiet();
    rename(world, "D");
    await quiet();
    expect(world.link.open.at(-1)?.payload["ackedThrough"]).toBe(1);
  });
});
