import { expect, test } from "vitest";
import { HoldfastError } from "../../sdk/errors.ts";
import type { StoredEntry } from "../../sdk/mutations/index.ts";
import type { Entity } from "../../sdk/protocol/index.ts";
import { anEntity, anEvent, base } from "../state/entities.ts";
import { settled } from "../state/fake-link.ts";
import { createPartWorld, type PartWorld } from "../state/part-world.ts";
import { connect } from "./live-world.ts";

/** A page with task `t` in its base at seq 5, not connected. */
function page(clientId: string, task: Entity = anEntity("t", { title: "A", tags: ["a"] })): PartWorld {
  const world = createPartWorld({ clientId });
  world.store.commit({ base: base("tasks", task), position: { epoch: "e1", seq: 5 } });
  return world;
}

/** What the writes of a page look like once kept and read again. */
const kept = (world: PartWorld): StoredEntry[] =>
  JSON.parse(JSON.stringify(world.mutations.stored())) as StoredEntry[];

const rename = (world: PartWorld, title: string) =>
  world.tasks.update("t", (draft) => {
    draft.title = title;
  });
const push = (world: PartWorld, tag: string) =>
  world.tasks.update("t", (draft) => {
    // The recipe knows its own tasks.
    (draft["tags"] as string[]).push(tag);
  });

test("adopted writes keep their ids and numbers, and go before those of the page that adopts them", async () => {
  const [gone, here] = [page("gone"), page("here")];
  rename(gone, "B");
  push(gone, "b");
  rename(here, "C");
  here.mutations.adopt(kept(gone));
  expect(here.tasks.get("t")).toMatchObject({ title: "C", tags: ["a", "b"] });
  expect(
    here.mutations
      .getSnapshot()
      .pending.map(({ id }) => id)
      .sort(),
  ).toEqual(["gone:1", "gone:2", "here:1"]);
  await connect(here);
  expect(here.link.open.map(({ payload }) => payload["mutationId"])).toEqual(["gone:1"]);
  here.mutations.adopt(kept(gone));
  expect(here.mutations.getSnapshot().pending).toHaveLength(3);
});

test("a write that was sent goes again to the letter, and is not shown over a base that may hold it", async () => {
  const [gone, here] = [page("gone"), page("here", anEntity("t", { title: "Z", version: 4 }))];
  await connect(gone);
  rename(gone, "B");
  await settled();
  const [sent] = gone.link.open;
  here.mutations.adopt(kept(gone));
  expect(here.tasks.get("t")?.title).toBe("Z");
  await connect(here);
  expect(here.link.open[0]?.payload).toEqual(sent?.payload);
});

test("a write acknowledged at a position that the base has passed is gone at once", () => {
  const [gone, here] = [page("gone"), page("here")];
  rename(gone, "B");
  const stored = kept(gone).map((entry) => ({ ...entry, wasSent: true, acked: { epoch: "e1", seq: 5 } }));
  here.mutations.adopt(stored);
  expect([here.tasks.get("t")?.title, here.mutations.stored()]).toEqual(["A", []]);
});

test("an edit of a list fits itself to other changes of its entity", async () => {
  const [gone, here] = [page("gone"), page("here", anEntity("t", { title: "Z", tags: ["a"], version: 7 }))];
  push(gone, "b");
  here.mutations.adopt(kept(gone));
  expect(here.tasks.get("t")).toMatchObject({ title: "Z", tags: ["a", "b"] });
  await connect(here);
  expect(here.link.open[0]?.payload).toMatchObject({
    ifVersion: 7,
    patches: [{ op: "add", path: ["tags", 1], value: "b" }],
  });
});

test("an edit of a list that is another list now is left for the server to refuse", async () => {
  const [gone, here] = [page("gone"), page("here", anEntity("t", { tags: ["x", "a"], version: 2 }))];
  gone.tasks.update("t", (draft) => {
    (draft["tags"] as string[]).splice(0, 1);
  });
  here.mutations.adopt(kept(gone));
  expect(here.tasks.get("t")?.["tags"]).toEqual(["x", "a"]);
  await connect(here);
  expect(here.link.open[0]?.payload).toMatchObject({ ifVersion: 0 });
});

test("writes forgotten leave the screen and the queue, and nobody hears of them", async () => {
  const [gone, here] = [page("gone"), page("here")];
  rename(gone, "B");
  here.mutations.adopt(kept(gone));
  const reports: unknown[] = [];
  here.mutations.onRejected((mutation) => void reports.push(mutation));
  here.mutations.forget(["gone:1", "unknown:1"]);
  expect([here.tasks.get("t")?.title, here.mutations.stored(), reports]).toEqual(["A", [], []]);
  await connect(here);
  expect(here.link.open).toEqual([]);
});

test("a later write in the base tells that an earlier one of the same page was decided", async () => {
  const world = page("here");
  await connect(world);
  rename(world, "B");
  world.tasks.create({ id: "u", title: "U" });
  await settled();
  const made = anEntity("u", { title: "U", seq: 6 });
  world.link.say("events", { events: [anEvent("task:created", 6, made, { mutationId: "here:2" })] });
  expect(world.tasks.get("t")?.title).toBe("A");
  world.link.open[0]?.refuse(new HoldfastError("BAD_REQUEST", "no"));
  await settled();
  expect(world.tasks.get("t")?.title).toBe("A");
});

test("what the base has shown to be decided stays so over a reload, even where the base itself was lost", async () => {
  const put: StoredEntry[] = [];
  const gone = createPartWorld({ clientId: "gone", onPut: (entry) => void put.push(entry) });
  gone.store.commit({ position: { epoch: "e1", seq: 5 } });
  await connect(gone);
  gone.tasks.create({ id: "u", title: "U" });
  gone.tasks.create({ id: "v", title: "V" });
  await settled();
  const made = anEntity("v", { title: "V", seq: 6 });
  gone.link.say("events", { events: [anEvent("task:created", 6, made, { mutationId: "gone:2" })] });
  expect(gone.tasks.get("u")).toBeUndefined();

  const [last] = put.filter(({ id }) => id === "gone:1").slice(-1);
  const here = createPartWorld({ clientId: "here" });
  here.mutations.adopt([last!]);
  expect(here.tasks.get("u")).toBeUndefined();
  const forgetful = createPartWorld({ clientId: "here" });
  forgetful.mutations.adopt([{ ...last!, isDecided: false }]);
  expect(forgetful.tasks.get("u")?.title).toBe("U");
});

test("a refusal decides nothing of other entities, whose events may still be on their way", async () => {
  const world = page("here");
  world.store.commit({ base: base("tasks", anEntity("u", { tags: ["a"] })) });
  await connect(world);
  const shown: unknown[] = [];
  world.tasks.entity("t").subscribe(() => void shown.push(world.tasks.get("t")?.title));
  rename(world, "B");
  world.tasks.update("u", (draft) => {
    (draft["tags"] as string[]).push("b");
  });
  await settled();
  const current = anEntity("u", { tags: ["x"], version: 2, seq: 6 });
  world.link.open[1]?.refuse(new HoldfastError("CONFLICT", "version", { details: { current } }));
  await settled();
  world.link.say("events", { events: [anEvent("task:updated", 6, current)] });
  expect(world.mutations.stored().map(({ id }) => id)).toEqual(["here:1"]);
  const renamed = anEntity("t", { title: "B", tags: ["a"], version: 2, seq: 7 });
  world.link.say("events", { events: [anEvent("task:updated", 7, renamed, { mutationId: "here:1" })] });
  expect(world.mutations.stored()).toEqual([]);
  expect(shown.filter((title) => title !== "B")).toEqual([]);
  expect(world.tasks.get("t")).toEqual(renamed);
});

test("a creation that was seen in the base does not come back when somebody removes it", async () => {
  const world = page("here");
  await connect(world);
  world.tasks.create({ id: "u", title: "U" });
  await settled();
  world.link.goDown();
  const commit = (seq: number, task: Entity | null): void => {
    const tasks = new Map([["tasks", new Map([["u", task]])]]);
    world.store.commit({ base: tasks, position: { epoch: "e1", seq } });
  };
  commit(7, anEntity("u", { title: "by another", version: 2 }));
  expect(world.tasks.get("u")?.title).toBe("by another");
  commit(8, null);
  expect(world.tasks.get("u")).toBeUndefined();
});

test("a refusal that tells of the entity shows it at once, until the base has caught up", async () => {
  const world = page("here", anEntity("t", { title: "A", tags: ["a"], seq: 3 }));
  await connect(world);
  const shown: unknown[] = [];
  world.tasks.subscribe(() => void shown.push(world.tasks.get("t")?.title ?? null));
  push(world, "b");
  await settled();
  const current = anEntity("t", { title: "C", tags: [], version: 2, seq: 6 });
  world.link.open[0]?.refuse(new HoldfastError("CONFLICT", "version", { details: { current } }));
  await settled();
  expect(world.tasks.get("t")).toEqual(current);
  world.link.say("events", { events: [anEvent("task:updated", 6, current)] });
  expect(shown).toEqual(["A", "C"]);
  expect(world.tasks.get("t")).toEqual(current);
  expect(world.clock.waiting).toBe(0);
});

test("a refusal since the entity is gone hides it until its removal arrives, and not for ever", async () => {
  for (const ending of ["event", "overdue", "reconnect"] as const) {
    const world = page("here");
    await connect(world);
    world.tasks.remove("t");
    await settled();
    world.link.open[0]?.refuse(new HoldfastError("NOT_FOUND", "gone"));
    await settled();
    expect(world.tasks.get("t")).toBeUndefined();
    if (ending === "event") {
      world.link.say("events", { events: [anEvent("task:deleted", 6, anEntity("t", { version: 2 }))] });
      expect(world.tasks.get("t")).toBeUndefined();
    } else if (ending === "overdue") {
      world.clock.advance(60_000);
      expect(world.tasks.get("t")?.title).toBe("A");
    } else {
      world.link.goDown();
      await connect(world);
      expect(world.tasks.get("t")?.title).toBe("A");
    }
    expect(world.clock.waiting).toBe(0);
  }
});

test("a refusal of old news shows nothing", async () => {
  const world = page("here", anEntity("t", { title: "new", tags: [], version: 9, seq: 5 }));
  await connect(world);
  push(world, "b");
  await settled();
  const current = anEntity("t", { title: "old", version: 2, seq: 2 });
  world.link.open[0]?.refuse(new HoldfastError("CONFLICT", "version", { details: { current } }));
  await settled();
  expect(world.tasks.get("t")?.title).toBe("new");
});
