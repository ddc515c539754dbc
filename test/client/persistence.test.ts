import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, describe, expect, it, vi } from "vitest";
import { indexedDb, memory } from "../../sdk/store/persistence/index.ts";
import { type CoreWorld, openCoreWorld } from "./core-world.ts";

const worlds: CoreWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

async function openWorld(): Promise<CoreWorld> {
  const world = openCoreWorld();
  worlds.push(world);
  return world;
}

describe("a client with persistence", () => {
  it("paints from what is kept before the network answers, and then takes a delta", async () => {
    const world = await openWorld();
    const persistence = memory();
    const before = world.client({ persistence });
    void before.connect();
    await world.settle(100);
    before.tasks.create({ id: "t1", title: "Hold" });
    await world.settle(1_000);
    await before.close();

    const after = world.client({ persistence });
    const seen: [string, number][] = [];
    after.tasks.subscribe(() => seen.push([after.status.getSnapshot().name, after.tasks.list().length]));
    const connected = after.connect();
    expect(after.status.getSnapshot().name).toBe("connecting");
    expect(world.network.connections.size).toBe(0);
    await world.settle(100);
    await connected;
    expect(seen[0]).toEqual(["connecting", 1]);
    const outcomes = after.trace
      .getSnapshot()
      .filter(({ kind, name }) => kind === "sync" && name === "sync")
      .map(({ detail }) => (detail as { outcome: string }).outcome);
    expect(outcomes).toEqual(["current"]);
  });

  it("sends what was written offline in a page that is gone, once", async () => {
    const world = await openWorld();
    const persistence = memory();
    const before = world.client({ persistence });
    void before.connect();
    await world.settle(1_000);
    world.cut();
    await world.settle();
    void before.tasks.create({ id: "t1", title: "Written offline" });
    const closed = before.close();
    await world.settle();
    await closed;

    const after = world.client({ persistence });
    const other = world.client();
    void other.connect();
    void after.connect();
    await world.settle(3_000);
    expect(other.tasks.get("t1")).toMatchObject({ title: "Written offline", version: 1 });
    expect(after.mutations.getSnapshot().pending).toEqual([]);
  });

  it("is closed once its locks are free: a client made in the next moment has the device to itself", async () => {
    vi.stubGlobal("indexedDB", new IDBFactory());
    const world = await openWorld();
    const client = world.client({ persistence: indexedDb("locks") });
    const held = async (): Promise<(string | undefined)[]> =>
      ((await navigator.locks.query()).held ?? []).map(({ name }) => name);
    const holdsOne = expect.stringContaining(client.clientId);
    void client.connect();
    await vi.waitFor(async () => expect(await held()).toEqual([holdsOne]), 10_000);
    await world.settle(1_000);
    await client.close();
    expect(await held()).toEqual([]);
    vi.unstubAllGlobals();
  });

  it("starts a project it was switched to from what is kept of that one", async () => {
    const world = await openWorld();
    const persistence = memory();
    const client = world.client({ persistence });
    void client.connect();
    await world.settle(100);
    client.tasks.create({ id: "t1", title: "In p1" });
    await world.settle(1_000);
    void client.switchProject("p2");
    await world.settle(1_000);
    expect(client.tasks.list()).toEqual([]);
    client.tasks.create({ id: "t2", title: "In p2" });
    await world.settle(1_000);
    void client.switchProject("p1");
    await world.settle(1_000);
    expect(client.tasks.list().map(({ id }) => id)).toEqual(["t1"]);
    expect(client.status.getSnapshot().name).toBe("live");
    expect(world.errors).toEqual([]);
  });

  it("reads nothing before it is asked to connect", async () => {
    const world = await openWorld();
    let kept = 0;
    const inner = memory();
    const client = world.client({
      persistence: {
        keep(options) {
          const keeper = inner.keep(options);
          return {
            ...keeper,
            restore() {
              kept += 1;
              return keeper.restore();
            },
          };
        },
      },
    });
    await world.settle();
    expect(kept).toBe(0);
    void client.connect();
    void client.connect();
    await world.settle(100);
    expect(kept).toBe(1);
  });
});
