import { describe, expect, it } from "vitest";
import { edits, emit, put, remove } from "../edits.ts";
import type { Stores } from "./use-stores.ts";

export function describePersistence(stores: Stores): void {
  if (!stores.isPersistent) return;
  describe("opened again", () => {
    it("has all it had", async () => {
      const place = await stores.place();
      const options = { now: () => 0, createEpoch: () => "first" };
      const store = await place.open(options);
      const answer = { owner: "o", key: "1", n: 1, fingerprint: "f", ack: { a: 1 }, at: 0 };
      const since = await store.transact(
        "p1",
        edits(
          [
            put("projects", "p1"),
            put("sessions", "s1"),
            put("tasks", "t1", { claimedBy: "s1" }),
            put("mail", "m1"),
          ],
          {
            answer,
            registers: { focus: ["s1"] },
          },
        ),
      );
      await store.transact(
        "p1",
        edits([put("tasks", "t1", { a: 1 }), remove("mail", "m1"), emit("notify:progress")]),
      );
      const read = async (from: typeof store) => ({
        head: await from.head("p1"),
        snapshot: await from.snapshot("p1"),
        delta: await from.delta("p1", since),
        projects: await from.projects(),
        session: await from.projectOfSession("s1"),
        view: await from.transact("p1", (view) => ({
          result: [
            view.count(),
            view.claimsOf("s1"),
            view.answer("o", "1"),
            view.highest("o"),
            view.oldest("tasks"),
          ],
        })),
      });
      const before = await read(store);
      await store.close();
      const again = await place.open({ ...options, createEpoch: () => "second" });
      expect(await read(again)).toEqual(before);
      expect(before.head).toEqual({ epoch: "first", seq: 7 });
      expect(await again.transact("p1", edits([put("tasks", "t2")]))).toEqual({ epoch: "first", seq: 8 });
    });

    it("has what was under way when it was closed", async () => {
      const place = await stores.place();
      const store = await place.open();
      const writing = Array.from({ length: 300 }, (_, at) =>
        store.transact("p1", edits([put("tasks", `t${at}`)])),
      );
      await store.close();
      await Promise.all(writing);
      const again = await place.open();
      expect((await again.list("p1", "tasks")).items).toHaveLength(300);
    });

    it("finishes reads that were under way when it was closed", async () => {
      const place = await stores.place();
      const store = await place.open();
      await store.transact("p1", edits(Array.from({ length: 3_000 }, (_, at) => put("tasks", `t${at}`))));
      const reading = Array.from({ length: 40 }, () => store.list("p1", "tasks"));
      await store.close();
      const outcomes = await Promise.allSettled(reading);
      const read = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
      expect(read).toHaveLength(40);
      for (const { items } of read) expect(items).toHaveLength(3_000);
    });
  });
}
