import { describe, expect, test } from "vitest";
import { createStore } from "../../sdk/store/index.ts";
import { anEntity, base, GONE } from "./entities.ts";

function open() {
  const errors: unknown[] = [];
  const store = createStore({ projectId: "p1", onError: (error) => void errors.push(error) });
  const tasks = store.collection("tasks");
  /** Counts how often a source tells. */
  const count = (source: { subscribe(listener: () => void): () => void }) => {
    const counter = { told: 0, stop: () => {} };
    counter.stop = source.subscribe(() => {
      counter.told += 1;
    });
    return counter;
  };
  return { store, tasks, errors, count };
}

describe("sources", () => {
  test("are the same object for the same question", () => {
    const { store, tasks } = open();
    const isDone = (): boolean => true;
    expect(store.collection("tasks")).toBe(tasks);
    expect(tasks.entity("a")).toBe(tasks.entity("a"));
    expect(tasks.where(isDone)).toBe(tasks.where(isDone));
  });

  test("keep their snapshot until it changes", () => {
    const { store, tasks } = open();
    const isOpen = (entity: { readonly [field: string]: unknown }): boolean => entity["done"] !== true;
    store.commit({ base: base("tasks", anEntity("a"), anEntity("b", { done: true })) });
    const before = [tasks.list(), tasks.where(isOpen).getSnapshot(), tasks.entity("a").getSnapshot()];
    store.commit({ base: base("sessions", anEntity("s")) });
    store.commit({ position: { epoch: "e1", seq: 5 } });
    expect([tasks.list(), tasks.where(isOpen).getSnapshot(), tasks.entity("a").getSnapshot()]).toEqual(
      before,
    );
    expect(tasks.list()).toBe(before[0]);
    expect(tasks.getSnapshot()).toBe(before[0]);
    expect(tasks.where(isOpen).getSnapshot()).toBe(before[1]);
    expect(tasks.entity("a").getSnapshot()).toBe(before[2]);
  });

  test("tell only those who see something else, once a commit", () => {
    const { store, tasks, count } = open();
    store.commit({ base: base("tasks", anEntity("a"), anEntity("b")) });
    const isTitled = (entity: { readonly [field: string]: unknown }): boolean =>
      entity["title"] !== undefined;
    const all = count(tasks);
    const a = count(tasks.entity("a"));
    const b = count(tasks.entity("b"));
    const titled = count(tasks.where(isTitled));
    const sessions = count(store.collection("sessions"));
    store.commit({
      base: base("tasks", anEntity("a", { version: 2 })),
      overlay: [{ collection: "tasks", id: "a", entity: anEntity("a", { note: "n" }) }],
    });
    expect([all.told, a.told, b.told, titled.told, sessions.told]).toEqual([1, 1, 0, 0, 0]);
    store.commit({ base: base("tasks", anEntity("b", { title: "B" }), anEntity("c", { title: "C" })) });
    expect([all.told, a.told, b.told, titled.told, sessions.told]).toEqual([2, 1, 1, 1, 0]);
    store.commit({ base: base("tasks", GONE("c"), anEntity("b")) });
    expect(titled.told).toBe(2);
    expect(tasks.where(isTitled).getSnapshot()).toEqual([]);
  });

  test("tell nobody of a change that the overlay hides", () => {
    const { store, tasks, count } = open();
    const shown = anEntity("a", { title: "mine" });
    store.commit({
      base: base("tasks", anEntity("a")),
      overlay: [{ collection: "tasks", id: "a", entity: shown }],
    });
    const a = count(tasks.entity("a"));
    store.commit({ base: base("tasks", anEntity("a", { version: 2 })) });
    expect(a.told).toBe(0);
    expect(tasks.get("a")).toBe(shown);
    store.commit({ overlay: [{ collection: "tasks", id: "a", entity: undefined }] });
    expect(a.told).toBe(1);
    expect(tasks.get("a")?.version).toBe(2);
  });

  test("leave out what the overlay removed and add what it made", () => {
    const { store, tasks } = open();
    store.commit({ base: base("tasks", anEntity("a"), anEntity("b")) });
    store.commit({
      overlay: [
        { collection: "tasks", id: "a", entity: null },
        { collection: "tasks", id: "new", entity: anEntity("new", { version: 0 }) },
      ],
    });
    expect(tasks.list().map(({ id }) => id)).toEqual(["b", "new"]);
    expect(tasks.get("a")).toBeUndefined();
  });

  test("stop telling once left, and one subscription a call", () => {
    const { store, tasks } = open();
    let told = 0;
    const listener = (): void => {
      told += 1;
    };
    const first = tasks.subscribe(listener);
    const second = tasks.subscribe(listener);
    store.commit({ base: base("tasks", anEntity("a")) });
    expect(told).toBe(2);
    first();
    first();
    store.commit({ base: base("tasks", anEntity("b")) });
    expect(told).toBe(3);
    second();
    store.commit({ base: base("tasks", anEntity("c")) });
    expect(told).toBe(3);
  });
});

describe("a filtered list", () => {
  test("is not evaluated while nobody subscribes, and is right when read", () => {
    const { store, tasks } = open();
    let asked = 0;
    const where = tasks.where((entity) => {
      asked += 1;
      return entity["done"] === true;
    });
    for (let i = 0; i < 10; i++)
      store.commit({ base: base("tasks", anEntity(`t${i}`, { done: i % 2 === 0 })) });
    expect(asked).toBe(0);
    expect(where.getSnapshot().map(({ id }) => id)).toEqual(["t0", "t2", "t4", "t6", "t8"]);
    const stop = where.subscribe(() => {});
    asked = 0;
    store.commit({ base: base("tasks", anEntity("t1", { done: true })) });
    expect(where.getSnapshot()).toHaveLength(6);
    expect(asked).toBe(1);
    stop();
    store.commit({ base: base("tasks", GONE("t1")) });
    expect(asked).toBe(1);
    expect(where.getSnapshot()).toHaveLength(5);
  });

  test("leaves out what its predicate throws for, and reports it", () => {
    const { store, tasks, errors } = open();
    const where = tasks.where((entity) => (entity["tags"] as string[]).includes("x"));
    store.commit({ base: base("tasks", anEntity("a"), anEntity("b", { tags: ["x"] })) });
    expect(where.getSnapshot().map(({ id }) => id)).toEqual(["b"]);
    expect(errors).toHaveLength(1);
  });
});

describe("a commit", () => {
  test("is seen whole by every listener, also one made by a listener", () => {
    const { store, tasks } = open();
    const seen: string[] = [];
    tasks.subscribe(() => {
      seen.push(`first ${tasks.list().length}`);
      if (tasks.list().length === 1) store.commit({ base: base("tasks", anEntity("b")) });
    });
    tasks.subscribe(() => void seen.push(`second ${tasks.list().length}`));
    store.commit({ base: base("tasks", anEntity("a")) });
    expect(seen).toEqual(["first 1", "second 2", "first 2"]);
  });

  test("reports a throwing listener and tells the others", () => {
    const { store, tasks, errors, count } = open();
    tasks.subscribe(() => {
      throw new Error("listener");
    });
    const after = count(tasks);
    store.commit({ base: base("tasks", anEntity("a")) });
    expect(after.told).toBe(1);
    expect(errors).toEqual([new Error("listener")]);
  });

  test("that replaces everything tells only those whose entities are others", () => {
    const { store, tasks, count } = open();
    const a = anEntity("a");
    store.commit({ base: base("tasks", a, anEntity("b")) });
    store.commit({ base: base("sessions", anEntity("s")) });
    const all = count(tasks);
    const [onA, onB, onC] = ["a", "b", "c"].map((id) => count(tasks.entity(id)));
    const sessions = count(store.collection("sessions"));
    store.commit({
      replace: new Map([
        [
          "tasks",
          new Map([
            ["a", a],
            ["c", anEntity("c")],
          ]),
        ],
      ]),
    });
    expect([all.told, onA?.told, onB?.told, onC?.told, sessions.told]).toEqual([1, 0, 1, 1, 1]);
    expect(store.collection("sessions").list()).toEqual([]);
    store.commit({
      replace: new Map([
        [
          "tasks",
          new Map([
            ["a", a],
            ["c", tasks.get("c") ?? a],
          ]),
        ],
      ]),
    });
    expect(all.told).toBe(1);
  });

  test("asks the owner of the overlay only when it touches the base", () => {
    const { store } = open();
    const asked: string[] = [];
    store.layer({
      rebase: ({ base: changed }) => {
        asked.push([...changed.keys()].join());
        return [];
      },
      after: () => void asked.push("after"),
    });
    store.commit({ overlay: [] });
    expect(asked).toEqual([]);
    store.commit({ base: base("tasks", anEntity("a")) });
    store.commit({ position: { epoch: "e1", seq: 1 } });
    expect(asked).toEqual(["tasks", "after", "", "after"]);
  });

  test("to another project empties base, overlay and position and tells once", () => {
    const { store, tasks, count } = open();
    const made = anEntity("new", { version: 0 });
    store.commit({ base: base("tasks", anEntity("a")), position: { epoch: "e1", seq: 3 } });
    store.commit({ overlay: [{ collection: "tasks", id: "new", entity: made }] });
    const all = count(tasks);
    store.reset("p2");
    expect([all.told, tasks.list(), store.position, store.projectId]).toEqual([1, [], undefined, "p2"]);
    expect(tasks.get("new")).toBeUndefined();
  });
});
