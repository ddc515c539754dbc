import { describe, expect, it } from "vitest";
import type { Decision, View } from "../../../server/store/store.ts";
import { edits, emit, put } from "../edits.ts";
import type { Stores } from "./use-stores.ts";

export function describeTransactions(stores: Stores): void {
  describe("a transaction", () => {
    it("keeps entities, events, registers and the answer together", async () => {
      const store = await stores.open({ now: () => 5 });
      const at = await store.transact(
        "p1",
        edits([put("tasks", "t1", { title: "one" }), emit("notify:progress", { n: 1 })], {
          registers: { focus: ["s1"] },
          answer: { owner: "o", key: "1", n: 1, fingerprint: "f", ack: { ok: true }, at: 5 },
        }),
      );
      expect(at).toEqual({ epoch: at.epoch, seq: 2 });
      expect(await store.head("p1")).toEqual(at);
      expect(await store.entity("p1", "tasks", "t1")).toMatchObject({
        id: "t1",
        title: "one",
        version: 1,
        seq: 1,
      });
      expect(await store.register("p1", "focus")).toEqual(["s1"]);
      expect((await store.delta("p1", { ...at, seq: 0 }))?.events).toMatchObject([
        { event: "notify:progress" },
      ]);
      const answer = await store.transact("p1", (view) => ({ result: view.answer("o", "1") }));
      expect(answer).toMatchObject({ fingerprint: "f", ack: { ok: true }, at: 5 });
    });

    it("that throws rejects with what was thrown and changes nothing", async () => {
      const store = await stores.open();
      const at = await store.transact("p1", edits([put("tasks", "t1")]));
      const fault = new Error("no");
      const refused = store.transact("p1", (): Decision<void> => {
        throw fault;
      });
      await expect(refused).rejects.toBe(fault);
      expect(await store.head("p1")).toEqual(at);
    });

    it.each([
      ["skips a number", { seq: 3 }],
      ["names another epoch", { epoch: "other" }],
      ["names another project", { projectId: "p2" }],
    ])("whose event %s is refused and changes nothing", async (_, wrong) => {
      const store = await stores.open();
      const at = await store.transact("p1", edits([put("tasks", "t1")]));
      const broken = (view: View): Decision<unknown> => {
        const decision = edits([put("tasks", "t2")])(view);
        const events =
          decision.events?.map(({ envelope }) => ({ envelope: { ...envelope, ...wrong } })) ?? [];
        return { ...decision, events };
      };
      await expect(store.transact("p1", broken)).rejects.toThrow(TypeError);
      expect(await store.head("p1")).toEqual(at);
      expect(await store.entity("p1", "tasks", "t2")).toBeUndefined();
    });

    it("that writes an entity twice is refused and changes nothing", async () => {
      const store = await stores.open();
      const twice = (view: View): Decision<unknown> => edits([put("tasks", "t1"), put("tasks", "t1")])(view);
      await expect(store.transact("p1", twice)).rejects.toThrow(TypeError);
      expect((await store.head("p1")).seq).toBe(0);
      expect((await store.list("p1", "tasks")).items).toEqual([]);
    });

    it("that changes nothing gives its result", async () => {
      const store = await stores.open();
      expect(await store.transact("p1", (view) => ({ result: view.head.seq + 41 }))).toBe(41);
    });

    it("keeps the epoch it showed to the first decision about a project", async () => {
      const store = await stores.open();
      const shown = await store.transact("p1", (view) => ({ result: view.head }));
      expect(await store.head("p1")).toEqual(shown);
    });

    it("makes a number for every event and none for notices and registers", async () => {
      const store = await stores.open();
      await store.transact("p1", edits([put("tasks", "t1"), put("tasks", "t2")]));
      await store.transact(
        "p1",
        edits([], { notices: [{ event: "focus_update", payload: 1 }], registers: { a: 1 } }),
      );
      await store.transact("p1", edits([emit("session:task_added")]));
      expect((await store.head("p1")).seq).toBe(3);
    });

    it("runs one after another however many come at once", async () => {
      const store = await stores.open();
      const add = (view: View): Decision<number> => {
        const count = Number(view.entity("counters", "c")?.["count"] ?? 0) + 1;
        return { ...edits([put("counters", "c", { count })])(view), result: count };
      };
      const counts = await Promise.all(Array.from({ length: 500 }, () => store.transact("p1", add)));
      expect(counts).toEqual(Array.from({ length: 500 }, (_, at) => at + 1));
      expect(await store.head("p1")).toMatchObject({ seq: 500 });
    });

    it("that fails among others fails alone", async () => {
      const store = await stores.open();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 90 }, (_, at) =>
          store.transact("p1", (view) => {
            if (at % 3 === 0) throw new Error(`refused ${at}`);
            return edits([put("tasks", `t${at}`)])(view);
          }),
        ),
      );
      expect(outcomes.filter((outcome) => outcome.status === "rejected")).toHaveLength(30);
      expect((await store.list("p1", "tasks")).items).toHaveLength(60);
      expect((await store.head("p1")).seq).toBe(60);
    });

    it("is refused after closing, and closing twice is closing once", async () => {
      const store = await stores.open();
      const last = store.transact("p1", edits([put("tasks", "t1")]));
      await Promise.all([store.close(), store.close()]);
      await expect(last).resolves.toMatchObject({ seq: 1 });
      expect(store.ready()).toBe(false);
      await expect(store.transact("p1", edits([]))).rejects.toMatchObject({ name: "StoreUnavailable" });
      await expect(store.head("p1")).rejects.toMatchObject({ name: "StoreUnavailable" });
    });
  });
}
