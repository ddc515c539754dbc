import { describe, expect, it } from "vitest";
import type { Store } from "../../../server/store/store.ts";
import { edits, emit, put, remove } from "../edits.ts";
import type { StorePlace } from "../store-place.ts";
import type { Stores } from "./use-stores.ts";

/** Reads of: one edit with its answer, the delta of it, the same with a removal. */
async function costs(place: StorePlace, store: Store, size: number): Promise<number[]> {
  for (let from = 0; from < size; from += 500) {
    const slice = Array.from({ length: Math.min(500, size - from) }, (_, at) => from + at);
    await store.transact(
      "p1",
      edits(slice.map((at) => put("tasks", `t${at}`, { title: `task ${at}`, seen: 0 }))),
    );
    await store.transact(
      "p1",
      edits(slice.slice(0, 50).map((at) => put("tasks", `t${at}`, { title: "changed" }))),
    );
  }
  await store.transact("p1", edits([put("mail", "m1"), put("mail", "m2"), emit("notify:progress")]));
  const since = await store.head("p1");
  const edit = await place.countReads(store, () =>
    store.transact("p1", (view) => {
      view.oldest("mail");
      view.count("tasks");
      view.claimsOf("s1");
      const answer = { owner: "o", key: "1", n: 1, fingerprint: "f", ack: null, at: 0 };
      return edits([put("tasks", "t7", { title: "x" }), emit("notify:progress")], { answer })(view);
    }),
  );
  const delta = await place.countReads(store, () => store.delta("p1", since));
  const removal = await place.countReads(store, async () => {
    await store.transact("p1", edits([remove("tasks", "t8"), put("tasks", "fresh")]));
    await store.delta("p1", since);
  });
  return [edit, delta, removal];
}

export function describeCost(stores: Stores): void {
  describe("the cost in records read", () => {
    it("of an edit and of a delta does not depend on how much the project holds", async () => {
      const small = await stores.place();
      const large = await stores.place();
      const [smallStore, largeStore] = [
        await small.open({ now: () => 0 }),
        await large.open({ now: () => 0 }),
      ];
      const few = await costs(small, smallStore, 50);
      const many = await costs(large, largeStore, 5_000);
      await Promise.all([smallStore.close(), largeStore.close()]);
      expect(many).toEqual(few);
      for (const reads of many) expect(reads).toBeLessThan(60);
    });

    it("of clearing a project does not depend on it either", async () => {
      const cost = async (size: number): Promise<number> => {
        const place = await stores.place();
        const store = await place.open();
        await store.transact("p1", edits(Array.from({ length: size }, (_, at) => put("tasks", `t${at}`))));
        const reads = await place.countReads(store, () =>
          store.transact("p1", edits([emit("project:deleted")], { clear: { epoch: "e2" } })),
        );
        await store.close();
        return reads;
      };
      expect(await cost(2_000)).toBe(await cost(20));
    });
  });
}
