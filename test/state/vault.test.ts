import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { describe, expect, test } from "vitest";
import { openIndexedDbVault } from "../../sdk/store/persistence/indexed-db-vault.ts";
import { createMemoryLocks } from "../../sdk/store/persistence/memory-locks.ts";
import { createMemoryVault } from "../../sdk/store/persistence/memory-vault.ts";
import type { Locks, Vault } from "../../sdk/store/persistence/vault.ts";
import { createWebLocks } from "../../sdk/store/persistence/web-locks.ts";
import { anEntity } from "./entities.ts";

const position = (seq: number) => ({ epoch: "e1", seq });
const bucket = (number: number, ...ids: string[]) => ({
  collection: "tasks",
  bucket: number,
  entities: ids.map((id) => anEntity(id)),
});
const aWrite = (id: string) => ({ id, clientId: "c1", n: Number(id.slice(3)) });
/** A base at `seq` of `epoch`, of the buckets that changed since another `seq`; of all there are without one. */
const base = (since: number | undefined, seq: number, ...buckets: ReturnType<typeof bucket>[]) => ({
  base: {
    since: since === undefined ? undefined : position(since),
    position: position(seq),
    past: new Set(["e0"]),
    buckets,
  },
  put: [],
  remove: [],
});

const vaults: readonly (readonly [string, () => Promise<Vault>])[] = [
  ["in memory", async () => createMemoryVault()],
  ["in IndexedDB", () => openIndexedDbVault(new IDBFactory(), "db", () => {})],
];

describe.each(vaults)("a vault %s", (_, open) => {
  test("holds nothing at first", async () => {
    const vault = await open();
    expect([await vault.base("s"), await vault.writes("s"), await vault.lastUser("p")]).toEqual([
      undefined,
      [],
      undefined,
    ]);
  });

  test("gives back the base it was given, buckets replaced one by one", async () => {
    const vault = await open();
    expect(await vault.write("s", base(undefined, 5, bucket(1, "a", "b"), bucket(2, "c")))).toBe(true);
    expect(await vault.write("s", base(5, 6, bucket(1, "a")))).toBe(true);
    expect(await vault.base("s")).toEqual({
      position: position(6),
      buckets: [bucket(1, "a"), bucket(2, "c")],
    });
  });

  test("drops what a whole base does not hold any more", async () => {
    const vault = await open();
    await vault.write("s", base(undefined, 5, bucket(1, "a"), bucket(2, "b")));
    await vault.write("s", base(undefined, 6, bucket(2, "c")));
    expect((await vault.base("s"))?.buckets).toEqual([bucket(2, "c")]);
  });

  test("takes changes since any position that what is kept has reached, from whichever tab", async () => {
    const vault = await open();
    await vault.write("s", base(undefined, 5, bucket(1, "a")));
    await vault.write("s", base(5, 6, bucket(2, "b")));
    expect(await vault.write("s", base(5, 8, bucket(2, "b", "c")))).toBe(true);
    expect(await vault.base("s")).toMatchObject({ position: position(8) });
    expect((await vault.base("s"))?.buckets).toEqual([bucket(1, "a"), bucket(2, "b", "c")]);
  });

  test("leaves a base alone that another tab has brought as far", async () => {
    const vault = await open();
    await vault.write("s", base(undefined, 7, bucket(1, "a")));
    expect(await vault.write("s", base(undefined, 7, bucket(1, "b")))).toBe(true);
    expect(await vault.write("s", base(5, 6, bucket(1, "c")))).toBe(true);
    expect((await vault.base("s"))?.buckets).toEqual([bucket(1, "a")]);
  });

  test("refuses changes since a position that what is kept has not reached, and keeps the pending writes all the same", async () => {
    const vault = await open();
    await vault.write("s", base(undefined, 5, bucket(1, "a")));
    expect(await vault.write("s", { ...base(6, 9, bucket(1, "z")), put: [aWrite("c1:1")] })).toBe(false);
    expect(await vault.base("s")).toMatchObject({ position: position(5) });
    expect(await vault.writes("s")).toEqual([aWrite("c1:1")]);
  });

  test.each([
    ["an epoch known to be past is replaced", "e0", true],
    ["any other epoch is of somebody further on", "e2", false],
  ])("%s", async (__, epoch, isReplaced) => {
    const vault = await open();
    const kept = { since: undefined, position: { epoch, seq: 9 }, past: new Set<string>(), buckets: [] };
    await vault.write("s", { base: kept, put: [], remove: [] });
    expect(await vault.write("s", base(undefined, 1, bucket(1, "a")))).toBe(true);
    expect((await vault.base("s"))?.position.epoch).toBe(isReplaced ? "e1" : epoch);
  });

  test("keeps pending writes until they are removed, each scope its own", async () => {
    const vault = await open();
    await vault.write("s", { put: [aWrite("c1:1"), aWrite("c1:2")], remove: [] });
    await vault.write("t", { put: [aWrite("c1:9")], remove: [] });
    await vault.write("s", { put: [aWrite("c1:3")], remove: ["c1:1"] });
    const ids = (await vault.writes("s")).map(({ id }) => id);
    expect(ids.sort()).toEqual(["c1:2", "c1:3"]);
    expect(await vault.writes("t")).toHaveLength(1);
    await vault.clearBase("s");
    expect(await vault.writes("s")).toHaveLength(2);
  });

  test("forgets the base of one scope and no other", async () => {
    const vault = await open();
    for (const scope of ["s", "t"]) await vault.write(scope, base(undefined, 5, bucket(1, "a")));
    await vault.clearBase("s");
    expect(await vault.base("s")).toBeUndefined();
    expect(await vault.base("t")).toBeDefined();
  });

  test("holds a large base", async () => {
    const vault = await open();
    const buckets = Array.from({ length: 100 }, (_, index) => bucket(index, `a${index}`, `b${index}`));
    await vault.write("s", base(undefined, 5, ...buckets));
    expect((await vault.base("s"))?.buckets.flatMap(({ entities }) => entities)).toHaveLength(200);
  });

  test("remembers who was there last", async () => {
    const vault = await open();
    await vault.setLastUser("p", "ada");
    await vault.setLastUser("q", "bob");
    expect([await vault.lastUser("p"), await vault.lastUser("q")]).toEqual(["ada", "bob"]);
  });

  test("keeps copies", async () => {
    const vault = await open();
    const entity = { ...anEntity("a"), tags: ["x"] };
    await vault.write("s", base(undefined, 5, { collection: "tasks", bucket: 1, entities: [entity] }));
    entity.tags.push("y");
    expect((await vault.base("s"))?.buckets[0]?.entities[0]?.["tags"]).toEqual(["x"]);
  });
});

describe("a database", () => {
  const openRaw = (factory: IDBFactory, version: number, stores: readonly string[]): Promise<IDBDatabase> =>
    new Promise((resolve, reject) => {
      const opening = factory.open("db", version);
      opening.onupgradeneeded = () => {
        for (const store of stores) opening.result.createObjectStore(store);
      };
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error ?? new Error("not opened"));
    });

  test("is the same when it is opened again", async () => {
    const factory = new IDBFactory();
    const first = await openIndexedDbVault(factory, "db", () => {});
    await first.write("s", base(undefined, 5, bucket(1, "a")));
    first.close();
    const again = await openIndexedDbVault(factory, "db", () => {});
    expect(await again.base("s")).toMatchObject({ position: position(5) });
  });

  test("of an older layout is emptied, and says so", async () => {
    const factory = new IDBFactory();
    const old = await openIndexedDbVault(factory, "db", () => {}, 1);
    await old.write("s", base(undefined, 5, bucket(1, "a")));
    const warnings: string[] = [];
    const vault = await openIndexedDbVault(factory, "db", (message) => void warnings.push(message), 2);
    expect(warnings).toEqual(['The database "db" had an older layout and was emptied.']);
    expect(await vault.base("s")).toBeUndefined();
    expect(await vault.write("s", base(undefined, 5, bucket(1, "a")))).toBe(true);
  });

  test("of a newer layout is refused", async () => {
    const factory = new IDBFactory();
    (await openRaw(factory, 99, ["things"])).close();
    await expect(openIndexedDbVault(factory, "db", () => {})).rejects.toMatchObject({ name: "VersionError" });
  });

  test("that is somebody else's is refused", async () => {
    const factory = new IDBFactory();
    (await openRaw(factory, 1, ["things"])).close();
    await expect(openIndexedDbVault(factory, "db", () => {})).rejects.toMatchObject({ name: "DataError" });
  });

  test("makes way for a page of a newer version", async () => {
    const factory = new IDBFactory();
    await openIndexedDbVault(factory, "db", () => {});
    await expect(openRaw(factory, 2, [])).resolves.toMatchObject({ version: 2 });
  });
});

const locksOf: readonly (readonly [string, () => Locks])[] = [
  ["in memory", createMemoryLocks],
  ["of the platform", () => createWebLocks(navigator.locks)],
];

describe.each(locksOf)("locks %s", (kind, open) => {
  test("are held by one, given on when it lets go, and refused to who does not wait", async () => {
    const locks = open();
    const name = `test ${kind}`;
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
    expect(await locks.hold(name, { signal: first.signal, wait: true })).toBe(true);
    expect(await locks.hold(name, { signal: second.signal, wait: false })).toBe(false);
    const order: string[] = [];
    const waiting = locks.hold(name, { signal: second.signal, wait: true }).then(() => order.push("second"));
    const gone = locks.hold(name, { signal: third.signal, wait: true });
    third.abort();
    await expect(gone).rejects.toMatchObject({ name: "AbortError" });
    first.abort();
    await waiting;
    expect(order).toEqual(["second"]);
    expect([await locks.isHeld(name), await locks.isHeld(`${name}, another`)]).toEqual([true, false]);
    second.abort();
    const last = new AbortController();
    expect(await locks.hold(name, { signal: last.signal, wait: true })).toBe(true);
    last.abort();
  });
});

test("without the platform's locks everybody gets what it asks for", async () => {
  const locks = createWebLocks(undefined);
  const { signal } = new AbortController();
  expect(await locks.hold("x", { signal, wait: true })).toBe(true);
  expect(await locks.hold("x", { signal, wait: false })).toBe(true);
});
