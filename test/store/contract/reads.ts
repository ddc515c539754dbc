import { describe, expect, it } from "vitest";
import type { Entity } from "../../../sdk/protocol/index.ts";
import type { PageCursor, Store } from "../../../server/store/store.ts";
import { edits, emit, put, remove } from "../edits.ts";
import type { Stores } from "./use-stores.ts";

const ids = (entities: readonly Entity[] | undefined): string[] =>
  (entities ?? []).map(({ id }) => id).sort();

async function allPages(
  store: Store,
  limit: number,
  between: () => Promise<unknown> = async () => undefined,
) {
  const pages = [];
  let after: PageCursor | undefined;
  do {
    const page = await store.page("p1", after, limit);
    pages.push(page);
    after = page.next;
    await between();
  } while (after !== undefined);
  return pages;
}

export function describeReads(stores: Stores): void {
  describe("reading", () => {
    it("gives a project never seen an epoch that stays", async () => {
      let made = 0;
      const store = await stores.open({ createEpoch: () => `e${++made}` });
      expect(await store.head("p1")).toEqual({ epoch: "e1", seq: 0 });
      expect(await store.snapshot("p1")).toEqual({
        position: { epoch: "e1", seq: 0 },
        entities: {},
        registers: {},
      });
      expect(await store.list("p2", "tasks")).toEqual({ items: [], position: { epoch: "e2", seq: 0 } });
      expect(await store.page("p3", undefined, 5)).toMatchObject({
        position: { epoch: "e3", seq: 0 },
        total: 0,
      });
      expect((await store.transact("p1", edits([put("tasks", "t1")]))).epoch).toBe("e1");
      expect(await store.head("p3")).toEqual({ epoch: "e3", seq: 0 });
    });

    it("gives different projects different epochs by default", async () => {
      const store = await stores.open();
      const epochs = await Promise.all(
        Array.from({ length: 50 }, async (_, at) => (await store.head(`p${at}`)).epoch),
      );
      expect(new Set(epochs).size).toBe(50);
    });

    it("of what is not there makes nothing", async () => {
      const store = await stores.open();
      expect(await store.entity("p1", "tasks", "t1")).toBeUndefined();
      expect(await store.register("p1", "focus")).toBeUndefined();
      expect(await store.projectOfSession("s1")).toBeUndefined();
      expect(await store.delta("p1", { epoch: "e", seq: 0 })).toBeUndefined();
      expect(await store.projects()).toEqual([]);
    });

    it("lists one collection with the position it has it from", async () => {
      const store = await stores.open();
      await store.transact(
        "p1",
        edits([put("tasks", "t1"), put("tasks", "t2"), put("tasksOther", "x"), put("mail", "m")]),
      );
      const position = await store.transact("p1", edits([remove("tasks", "t1"), put("tasks", "t3")]));
      const { items, ...rest } = await store.list("p1", "tasks");
      expect(ids(items)).toEqual(["t2", "t3"]);
      expect(rest).toEqual({ position });
      expect((await store.list("p1", "sessions")).items).toEqual([]);
    });

    it("lists the projects of the store", async () => {
      const store = await stores.open();
      await store.transact("p2", edits([put("projects", "p2", { name: "two" })]));
      await store.transact("p1", edits([put("projects", "p1", { name: "one" })]));
      await store.transact("p3", edits([put("tasks", "t1")]));
      expect(ids(await store.projects())).toEqual(["p1", "p2"]);
      await store.transact("p1", edits([remove("projects", "p1")]));
      expect(ids(await store.projects())).toEqual(["p2"]);
    });

    it("keeps every JSON value of an entity as it is", async () => {
      const store = await stores.open();
      const value = {
        title: "Grüße 👋 \u0000 \ud800",
        nested: { list: [1, null, { deep: true }], empty: {}, number: -1.5e-7 },
        constructor: "own",
        zero: 0,
        text: "",
        nothing: null,
      };
      await store.transact("p1", edits([put("tasks", "t:1.a_b-C", value)]));
      expect(await store.entity("p1", "tasks", "t:1.a_b-C")).toMatchObject(value);
      expect((await store.snapshot("p1")).entities["tasks"]).toMatchObject([value]);
    });

    it("tells ids and names apart that begin alike, up to the longest", async () => {
      const store = await stores.open();
      const long = "x".repeat(128);
      const names = ["a", "a.", "a:b", "ab", "A", "1", "10", "2", long, `${long.slice(1)}y`];
      await store.transact("p1", edits(names.map((id) => put("tasks", id, { own: id }))));
      for (const id of names) expect(await store.entity("p1", "tasks", id)).toMatchObject({ own: id });
      expect(
        (await allPages(store, 3)).flatMap(({ entities }) => (entities["tasks"] ?? []).map(({ id }) => id)),
      ).toEqual([...names].sort());
    });

    it("keeps registers until they are removed", async () => {
      const store = await stores.open();
      await store.transact("p1", edits([], { registers: { focus: { v: 1 }, other: null } }));
      await store.transact("p1", edits([put("tasks", "t1")], { registers: { focus: { v: 2 } } }));
      expect((await store.snapshot("p1")).registers).toEqual({ focus: { v: 2 }, other: null });
      await store.transact("p1", edits([], { registers: { focus: undefined } }));
      expect((await store.page("p1", undefined, 1)).registers).toEqual({ other: null });
      expect(await store.register("p1", "focus")).toBeUndefined();
      expect(await store.register("p1", "other")).toBeNull();
    });
  });

  describe("a snapshot", () => {
    it("is of one moment, whatever is written while it is read", async () => {
      const store = await stores.open();
      await store.transact(
        "p1",
        edits(Array.from({ length: 4_000 }, (_, at) => put("tasks", `t${at}`, { count: 0 }))),
      );
      const reading = store.snapshot("p1");
      const writing = Array.from({ length: 200 }, (_, at) =>
        store.transact("p1", edits([put("tasks", `t${at * 20}`, { count: 1 }), put("notes", `n${at}`)])),
      );
      const { position, entities } = await reading;
      await Promise.all(writing);
      const all = Object.values(entities).flat();
      // Every edit adds an entity and two numbers.
      expect(all).toHaveLength(4_000 + (position.seq - 4_000) / 2);
      expect(Math.max(...all.map(({ seq }) => seq))).toBe(position.seq);
      expect((await store.head("p1")).seq).toBe(4_400);
    });
  });

  describe("pages", () => {
    it("hold every entity once, in order of collection and id", async () => {
      const store = await stores.open();
      const made = Array.from({ length: 25 }, (_, at) =>
        put(["tasks", "mail", "notes"][at % 3] ?? "", `e${at * 7}`),
      );
      await store.transact("p1", edits(made));
      for (const limit of [1, 4, 5, 24, 25, 26, 1_000]) {
        const pages = await allPages(store, limit);
        const read = pages.flatMap(({ entities }) =>
          Object.entries(entities).flatMap(([collection, list]) =>
            list.map(({ id }) => `${collection}/${id}`),
          ),
        );
        expect(read).toEqual(
          made.map((edit) => ("id" in edit ? `${edit.collection}/${edit.id}` : "")).sort(),
        );
        expect(pages).toHaveLength(Math.ceil(25 / limit));
        expect(pages.map(({ total }) => total)).toEqual(pages.map(() => 25));
      }
    });

    it("with a delta from the first one's position make the project as it is", async () => {
      const store = await stores.open();
      await store.transact(
        "p1",
        edits(Array.from({ length: 30 }, (_, at) => put("tasks", `t${at}`, { at }))),
      );
      let step = 0;
      const pages = await allPages(store, 4, async () => {
        step += 1;
        await store.transact(
          "p1",
          edits(
            [
              put("tasks", `t${step * 3}`, { at: -step }),
              remove("tasks", `t${(step * 11) % 30}x`),
              remove("tasks", `t${(step * 5) % 29}y`),
              put("tasks", `new${step}`, {}),
              remove("tasks", `t${step}`),
            ].filter(
              (edit, at, all) =>
                all.findIndex((other) => "id" in other && "id" in edit && other.id === edit.id) === at,
            ),
          ),
        );
      });
      const collected = new Map(
        pages.flatMap(({ entities }) => (entities["tasks"] ?? []).map((e) => [e.id, e])),
      );
      const delta = await store.delta("p1", pages[0]?.position ?? { epoch: "", seq: 0 });
      for (const entity of delta?.changes["tasks"]?.upserted ?? []) collected.set(entity.id, entity);
      for (const id of delta?.changes["tasks"]?.removed ?? []) collected.delete(id);
      const { items } = await store.list("p1", "tasks");
      expect([...collected.values()].sort((a, b) => a.id.localeCompare(b.id))).toEqual(
        [...items].sort((a, b) => a.id.localeCompare(b.id)),
      );
    });

    it("hold an entity once that went and came back between them", async () => {
      const store = await stores.open();
      await store.transact("p1", edits(["a", "b", "c"].map((id) => put("tasks", id))));
      await store.page("p1", undefined, 1);
      await store.transact("p1", edits([remove("tasks", "b")]));
      await store.transact("p1", edits([put("tasks", "b"), put("tasks", "bb")]));
      const { entities } = await store.page("p1", undefined, 10);
      expect(entities["tasks"]?.map(({ id }) => id)).toEqual(["a", "b", "bb", "c"]);
    });

    it("go on after an entity that is not there any more", async () => {
      const store = await stores.open();
      await store.transact("p1", edits(["a", "b", "c", "d"].map((id) => put("tasks", id))));
      const first = await store.page("p1", undefined, 2);
      expect(first.next).toEqual({ collection: "tasks", id: "b" });
      await store.transact("p1", edits([remove("tasks", "b"), emit("notify:progress")]));
      expect(ids((await store.page("p1", first.next, 2)).entities["tasks"])).toEqual(["c", "d"]);
    });
  });
}
