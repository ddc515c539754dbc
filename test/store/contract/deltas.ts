import { describe, expect, it } from "vitest";
import { edits, emit, put, remove } from "../edits.ts";
import type { Stores } from "./use-stores.ts";

export function describeDeltas(stores: Stores): void {
  describe("a delta", () => {
    it("holds each changed entity once, in its last version, and what was removed", async () => {
      const store = await stores.open();
      const since = await store.transact("p1", edits(["a", "b", "c", "d"].map((id) => put("tasks", id))));
      await store.transact("p1", edits([put("tasks", "b", { title: "1" }), put("mail", "m1")]));
      await store.transact("p1", edits([put("tasks", "b", { title: "2" }), remove("tasks", "c")]));
      const delta = await store.delta("p1", since);
      expect(delta).toMatchObject({
        position: { ...since, seq: 8 },
        from: 4,
        events: [],
        eventsLost: 0,
        registers: {},
      });
      expect(Object.keys(delta?.changes ?? {}).sort()).toEqual(["mail", "tasks"]);
      expect(delta?.changes["tasks"]?.upserted).toMatchObject([{ id: "b", title: "2", version: 3 }]);
      expect(delta?.changes["tasks"]?.removed).toEqual(["c"]);
      expect(delta?.changes["mail"]?.upserted).toMatchObject([{ id: "m1" }]);
    });

    it("is empty at the head and carries the registers", async () => {
      const store = await stores.open();
      const since = await store.transact("p1", edits([put("tasks", "t1")], { registers: { focus: [1] } }));
      expect(await store.delta("p1", since)).toEqual({
        position: since,
        from: 1,
        changes: {},
        events: [],
        eventsLost: 0,
        registers: { focus: [1] },
      });
    });

    it("is not given for another epoch or a position ahead", async () => {
      const store = await stores.open();
      const head = await store.transact("p1", edits([put("tasks", "t1")]));
      expect(await store.delta("p1", { ...head, seq: 2 })).toBeUndefined();
      expect(await store.delta("p1", { ...head, epoch: "other" })).toBeUndefined();
      await store.transact("p1", edits([], { clear: { epoch: "e2" } }));
      expect(await store.delta("p1", head)).toBeUndefined();
    });

    it("is given as long as every removal since is known, and no longer", async () => {
      const store = await stores.open({ retention: { removalsKept: 3 } });
      const { epoch } = await store.transact(
        "p1",
        edits(["a", "b", "c", "d", "e"].map((id) => put("tasks", id))),
      );
      for (const id of ["a", "b", "c"]) await store.transact("p1", edits([remove("tasks", id)]));
      expect((await store.delta("p1", { epoch, seq: 0 }))?.changes["tasks"]?.removed).toEqual([
        "a",
        "b",
        "c",
      ]);
      await store.transact("p1", edits([remove("tasks", "d"), remove("tasks", "e")]));
      // The removals at 6 and 7 are forgotten.
      expect(await store.delta("p1", { epoch, seq: 6 })).toBeUndefined();
      expect((await store.delta("p1", { epoch, seq: 7 }))?.changes["tasks"]?.removed).toEqual([
        "c",
        "d",
        "e",
      ]);
    });

    it("forgets removals of one commit that are more than it keeps", async () => {
      const store = await stores.open({ retention: { removalsKept: 2 } });
      const made = ["a", "b", "c", "d"];
      const { epoch } = await store.transact("p1", edits(made.map((id) => put("tasks", id))));
      await store.transact("p1", edits(made.map((id) => remove("tasks", id))));
      expect(await store.delta("p1", { epoch, seq: 5 })).toBeUndefined();
      expect((await store.delta("p1", { epoch, seq: 6 }))?.changes["tasks"]?.removed).toEqual(["c", "d"]);
    });

    it("holds what was removed and made anew as it is now", async () => {
      const store = await stores.open();
      const since = await store.transact("p1", edits([put("tasks", "t1", { title: "first" })]));
      await store.transact("p1", edits([remove("tasks", "t1")]));
      await store.transact("p1", edits([put("tasks", "t1", { title: "second" })]));
      const again = (await store.delta("p1", since))?.changes["tasks"];
      expect(again?.upserted).toMatchObject([{ title: "second", version: 1 }]);
      expect(again?.removed).toEqual([]);
      expect(again?.changes.size).toBe(0);
      await store.transact("p1", edits([remove("tasks", "t1")]));
      expect((await store.delta("p1", since))?.changes["tasks"]).toMatchObject({
        upserted: [],
        removed: ["t1"],
      });
    });

    it("holds the kept events since, and counts exactly those that are not kept", async () => {
      const store = await stores.open({ retention: { eventsKept: 4 } });
      const { epoch } = await store.transact(
        "p1",
        edits([emit("task:session_added"), emit("session:spawn")]),
      );
      for (let at = 0; at < 10; at += 1) {
        const event = ["notify:progress", "session:modal", "session:modal_closed"][at % 3] ?? "";
        await store.transact("p1", edits([put("tasks", `t${at}`), emit(event, { at })]));
      }
      // Kept events stand at 4, 6, ..., 22; the last four are those with at 6 to 9.
      for (let from = 0; from <= 22; from += 1) {
        const delta = await store.delta("p1", { epoch, seq: from });
        const missed = Array.from({ length: 10 }, (_, at) => at).filter((at) => 4 + 2 * at > from);
        expect(delta?.events.map(({ data }) => data)).toEqual(missed.slice(-4).map((at) => ({ at })));
        expect(delta?.eventsLost).toBe(Math.max(0, missed.length - 4));
      }
    });

    it("counts lost events from the start, however many there were", async () => {
      const store = await stores.open({ retention: { eventsKept: 1 } });
      const many = Array.from({ length: 150 }, () => emit("notify:progress"));
      const { epoch } = await store.transact("p1", edits(many));
      await store.transact("p1", edits(many));
      expect((await store.delta("p1", { epoch, seq: 0 }))?.eventsLost).toBe(299);
      expect((await store.delta("p1", { epoch, seq: 250 }))?.eventsLost).toBe(49);
    });
  });

  describe("a delta of fields", () => {
    it("says all changes of an entity since as one", async () => {
      const store = await stores.open();
      const since = await store.transact("p1", edits([put("tasks", "t1", { a: 1, b: 1, c: 1, d: 1 })]));
      await store.transact("p1", edits([put("tasks", "t1", { a: 2, b: undefined, e: 1 })]));
      await store.transact("p1", edits([put("tasks", "t1", { a: 3, b: 4, c: undefined, e: undefined })]));
      const change = (await store.delta("p1", since))?.changes["tasks"]?.changes.get("t1");
      expect(change).toMatchObject({ id: "t1", version: 3 });
      expect(change?.set).toEqual({ a: 3, b: 4, seq: 3, updatedAt: 3 });
      expect([...(change?.unset ?? [])].sort()).toEqual(["c", "e"]);
    });

    it("is not said of an entity made since, nor of one with a change nobody told", async () => {
      const store = await stores.open();
      const since = await store.transact(
        "p1",
        edits([put("tasks", "t1"), put("tasks", "t2"), put("tasks", "t3")]),
      );
      await store.transact("p1", edits([put("tasks", "new"), put("tasks", "t1", { a: 1 }, false)]));
      await store.transact("p1", edits([put("tasks", "new", { a: 1 }), put("tasks", "t1", { a: 2 })]));
      await store.transact("p1", edits([put("tasks", "t2", { a: 1 }), put("tasks", "t3", { a: 1 })]));
      await store.transact("p1", edits([put("tasks", "t3", { a: 2 }, false)]));
      const changes = (await store.delta("p1", since))?.changes["tasks"]?.changes;
      expect([...(changes?.keys() ?? [])]).toEqual(["t2"]);
    });

    it("is said of an entity whose own changes are known, though older ones of others are forgotten", async () => {
      const store = await stores.open({ retention: { changesKept: 3 } });
      const since = await store.transact("p1", edits([put("tasks", "t1"), put("tasks", "t2")]));
      for (let at = 0; at < 3; at += 1) await store.transact("p1", edits([put("tasks", "t1", { at })]));
      await store.transact("p1", edits([put("tasks", "t2", { at: 1 })]));
      const tasks = (await store.delta("p1", since))?.changes["tasks"];
      expect(tasks?.upserted.map(({ id }) => id)).toEqual(["t1", "t2"]);
      expect([...(tasks?.changes.keys() ?? [])]).toEqual(["t2"]);
    });

    it("keeps entities of different collections with one id apart", async () => {
      const store = await stores.open();
      const since = await store.transact(
        "p1",
        edits([put("tasks", "x", { a: 0 }), put("notes", "x", { a: 0 })]),
      );
      await store.transact("p1", edits([put("tasks", "x", { a: 1 }), put("notes", "x", { b: 2 })]));
      const changes = (await store.delta("p1", since))?.changes;
      expect(changes?.["tasks"]?.changes.get("x")?.set).toMatchObject({ a: 1 });
      expect(changes?.["notes"]?.changes.get("x")?.set).not.toHaveProperty("a");
    });
  });
}
