import { describe, expect, it } from "vitest";
import type { Store } from "../../../server/store/store.ts";
import { edits, put } from "../edits.ts";
import type { Stores } from "./use-stores.ts";

const numbered = (n: number, at: number, ackedThrough?: number) => ({
  owner: "client user",
  key: String(n),
  n,
  fingerprint: `f${n}`,
  ack: { n },
  at,
  ...(ackedThrough !== undefined && { ackedThrough }),
});

const keyed = (key: string, at: number, owner = "http user") => ({
  owner,
  key,
  fingerprint: "f",
  ack: key,
  at,
});

const answered = (store: Store, keys: readonly string[], owner = "client user", projectId = "p1") =>
  store.transact(projectId, (view) => ({
    result: keys.filter((key) => view.answer(owner, key) !== undefined),
  }));

const highest = (store: Store, owner = "client user") =>
  store.transact("p1", (view) => ({ result: view.highest(owner) }));

export function describeAnswers(stores: Stores): void {
  describe("answers", () => {
    it("are kept by project, owner and key", async () => {
      const store = await stores.open({ now: () => 0 });
      await store.transact("p1", edits([put("tasks", "t1")], { answer: numbered(1, 0) }));
      await store.transact("p1", edits([], { answer: keyed("1", 0) }));
      const seen = await store.transact("p1", (view) => ({
        result: [
          view.answer("client user", "1")?.ack,
          view.answer("http user", "1")?.ack,
          view.answer("x", "1"),
        ],
      }));
      expect(seen).toEqual([{ n: 1 }, "1", undefined]);
      expect(await answered(store, ["1"], "client user", "p2")).toEqual([]);
    });

    it("take any text as owner and key", async () => {
      const store = await stores.open({ now: () => 0 });
      const odd = ["#a", "a\u0000b", "ü 👋", "x".repeat(3_000), "", " "];
      for (const name of odd)
        await store.transact("p1", edits([], { answer: { ...keyed(name, 0, name), ack: name } }));
      for (const name of odd) {
        expect(await store.transact("p1", (view) => ({ result: view.answer(name, name)?.ack }))).toBe(name);
      }
    });

    it("are kept for their time and no longer, and the highest n for its own", async () => {
      let now = 1_000;
      const store = await stores.open({
        now: () => now,
        retention: { mutationsKeptMs: 100, highestKeptMs: 500 },
      });
      await store.transact("p1", edits([], { answer: numbered(7, now) }));
      await store.transact("p1", edits([], { answer: keyed("k", now) }));
      now = 1_099;
      expect(await answered(store, ["7"])).toEqual(["7"]);
      expect(await answered(store, ["k"], "http user")).toEqual(["k"]);
      now = 1_100;
      expect(await answered(store, ["7"])).toEqual([]);
      expect(await answered(store, ["k"], "http user")).toEqual([]);
      expect(await highest(store)).toBe(7);
      now = 1_499;
      expect(await highest(store)).toBe(7);
      now = 1_500;
      expect(await highest(store)).toBe(0);
    });

    it("of an owner are the newest ones up to the bound", async () => {
      const store = await stores.open({ now: () => 0, retention: { mutationsKept: 3 } });
      for (let n = 1; n <= 5; n += 1) {
        await store.transact("p1", edits([], { answer: numbered(n * 2, 0) }));
        await store.transact("p1", edits([], { answer: keyed(`k${n}`, 0) }));
      }
      expect(await answered(store, ["2", "4", "6", "8", "10"])).toEqual(["6", "8", "10"]);
      expect(await answered(store, ["k1", "k2", "k3", "k4", "k5"], "http user")).toEqual(["k3", "k4", "k5"]);
      expect(await highest(store)).toBe(10);
    });

    it("go when their owner has them, and the highest n stays", async () => {
      const store = await stores.open({ now: () => 0 });
      for (let n = 1; n <= 4; n += 1) await store.transact("p1", edits([], { answer: numbered(n, 0) }));
      await store.transact("p1", edits([], { answer: numbered(5, 0, 3) }));
      expect(await answered(store, ["1", "2", "3", "4", "5"])).toEqual(["4", "5"]);
      expect(await highest(store)).toBe(5);
      await store.transact("p1", edits([], { answer: { ...numbered(6, 0, 5), owner: "another" } }));
      expect(await answered(store, ["4", "5"])).toEqual(["4", "5"]);
    });

    it("given again under a key replace what was kept", async () => {
      let now = 0;
      const store = await stores.open({
        now: () => now,
        retention: { mutationsKeptMs: 10, mutationsKept: 2 },
      });
      await store.transact("p1", edits([], { answer: keyed("k", 0) }));
      now = 20;
      await store.transact("p1", edits([], { answer: { ...keyed("k", 20), ack: "again" } }));
      await store.transact("p1", edits([], { answer: keyed("other", 20) }));
      const acks = await store.transact("p1", (view) => ({
        result: [view.answer("http user", "k")?.ack, view.answer("http user", "other")?.ack],
      }));
      expect(acks).toEqual(["again", "other"]);
    });

    it("make a mutation that comes many times at once apply once", async () => {
      const store = await stores.open({ now: () => 0 });
      const once = (n: number) =>
        store.transact("p1", (view) => {
          const before = view.answer("client user", String(n));
          if (before !== undefined) return { result: before.ack };
          const count = Number(view.entity("counters", "c")?.["count"] ?? 0) + 1;
          return {
            ...edits([put("counters", "c", { count })], { answer: numbered(n, 0) })(view),
            result: { n },
          };
        });
      const acks = await Promise.all(Array.from({ length: 60 }, (_, at) => once(1 + (at % 3))));
      expect(acks).toEqual(Array.from({ length: 60 }, (_, at) => ({ n: 1 + (at % 3) })));
      expect(await store.entity("p1", "counters", "c")).toMatchObject({ count: 3 });
    });
  });
}
