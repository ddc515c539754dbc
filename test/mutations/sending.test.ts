import { beforeEach, describe, expect, test } from "vitest";
import { HoldfastError } from "../../sdk/errors.ts";
import { anEntity, anEvent } from "../state/entities.ts";
import { settled } from "../state/fake-link.ts";
import type { PartWorld } from "../state/part-world.ts";
import { ack, connect, live, rename } from "./live-world.ts";

let world: PartWorld;
beforeEach(async () => {
  world = await live();
});

describe("sending", () => {
  test("is in order and bounded, and every answer makes room", async () => {
    const small = await live({ maxInFlight: 2 });
    for (let i = 0; i < 5; i++) rename(small, `t${i}`);
    await settled();
    const open = (): unknown[] => small.link.open.map(({ payload }) => payload["mutationId"]);
    expect(open()).toEqual(["c1:1", "c1:2"]);
    small.link.open[0]?.answer(ack(6, anEntity("t", { version: 2 })));
    await settled();
    expect(open()).toEqual(["c1:2", "c1:3"]);
  });

  test("says how far every answer is final", async () => {
    const { link } = world;
    for (const title of ["B", "C", "D"]) rename(world, title);
    await settled();
    expect(link.open.map(({ payload }) => payload["ackedThrough"])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    link.open[1]?.answer(ack(7, anEntity("t")));
    await settled();
    rename(world, "E");
    await settled();
    expect(link.open.at(-1)?.payload["ackedThrough"]).toBeUndefined();
    link.open[0]?.refuse(new HoldfastError("BAD_REQUEST", "no"));
    await settled();
    rename(world, "F");
    await settled();
    expect(link.open.at(-1)?.payload["ackedThrough"]).toBe(2);
  });

  test.each(["RATE_LIMITED", "UNAVAILABLE", "SHUTTING_DOWN", "INTERNAL", "TIMEOUT"] as const)(
    "stops at %s, waits for the rest of the flight, then goes on from there to the letter",
    async (code) => {
      const { link, clock, tasks, mutations } = world;
      for (const title of ["B", "C", "D"]) rename(world, title);
      await settled();
      const first = link.open.map(({ payload }) => payload);
      link.open[0]?.refuse(new HoldfastError(code, "later", { retryAfterMs: 900 }));
      await settled();
      rename(world, "E");
      clock.advance(2_000);
      await settled();
      expect(link.open).toHaveLength(2);
      for (const request of link.open) request.refuse(new HoldfastError(code, "later"));
      await settled();
      expect(mutations.getSnapshot().pending[0]).toMatchObject({
        status: "queued",
        attempts: 1,
        error: { code },
      });
      clock.advance(899);
      await settled();
      expect(link.open).toEqual([]);
      clock.advance(1);
      await settled();
      expect(link.open.slice(0, 3).map(({ payload }) => payload)).toEqual(first);
      expect(link.open).toHaveLength(4);
      expect(tasks.get("t")?.title).toBe("E");
    },
  );

  test("gives up a write on which the server itself fails again and again, and goes on behind it", async () => {
    const { link, clock } = world;
    const poison = rename(world, "B");
    const next = rename(world, "C");
    for (let attempt = 0; attempt < 8; attempt++) {
      await settled();
      for (const request of link.open) request.refuse(new HoldfastError("INTERNAL", "oops"));
      await settled();
      clock.advance(30_000);
    }
    await expect(poison.acknowledged).rejects.toMatchObject({ code: "INTERNAL" });
    await settled();
    expect(link.open.map(({ payload }) => [payload["mutationId"], payload["ackedThrough"]])).toEqual([
      ["c1:2", 1],
    ]);
    expect(next.status).toBe("sent");
  });

  test("after a break begins with the first that has no final answer, unchanged", async () => {
    const { link, mutations } = world;
    for (const title of ["B", "C", "D"]) rename(world, title);
    await settled();
    const [, second, third] = link.open.map(({ payload }) => payload);
    link.open[0]?.answer(ack(6, anEntity("t", { version: 2 })));
    await settled();
    link.goDown();
    await settled();
    expect(mutations.getSnapshot().pending.map(({ status }) => status)).toEqual(["queued", "queued"]);
    rename(world, "E");
    await connect(world);
    expect(link.open.map(({ payload }) => payload)).toMatchObject([
      { ...second, ackedThrough: 1 },
      { ...third, ackedThrough: 1 },
      { mutationId: "c1:4" },
    ]);
  });

  test("waits until state is synced", async () => {
    const { link } = world;
    link.goDown();
    rename(world, "B");
    link.goUp();
    await settled();
    expect(link.open).toEqual([]);
  });
});

describe("an edit of a list", () => {
  const push = (item: string) =>
    world.tasks.update("t", (draft) => {
      // The recipe knows its own tasks.
      (draft["tags"] as string[]).push(item);
    });

  test("holds on the version it was made on", async () => {
    push("b");
    await settled();
    expect(world.link.open[0]?.payload).toMatchObject({
      ifVersion: 1,
      patches: [{ op: "add", path: ["tags", 1] }],
    });
  });

  test("waits for earlier writes of its entity, whose version is not known before", async () => {
    const { link } = world;
    rename(world, "B");
    push("b");
    await settled();
    expect(link.open).toHaveLength(1);
    const result = anEntity("t", { title: "B", tags: ["a"], version: 2, seq: 6 });
    link.open[0]?.answer(ack(6, result));
    await settled();
    expect(link.open).toHaveLength(0);
    link.say("events", { events: [anEvent("task:updated", 6, result, { mutationId: "c1:1" })] });
    await settled();
    expect(link.open[0]?.payload).toMatchObject({ mutationId: "c1:2", ifVersion: 2 });
  });

  test("made offline is made anew from its recipe where the list has changed, and kept where something else has", async () => {
    const { link, store, tasks } = world;
    link.goDown();
    let runs = 0;
    tasks.update("t", (draft) => {
      runs += 1;
      (draft["tags"] as string[]).push("b");
    });
    const change = (version: number, fields: object) =>
      store.commit({
        base: new Map([["tasks", new Map([["t", anEntity("t", { version, ...fields })]])]]),
        position: { epoch: "e1", seq: 4 + version },
      });
    change(2, { title: "Z", tags: ["a"] });
    expect([runs, tasks.get("t")]).toMatchObject([1, { title: "Z", tags: ["a", "b"] }]);
    change(3, { title: "Z", tags: ["a", "x"] });
    expect([runs, tasks.get("t")]).toMatchObject([2, { tags: ["a", "x", "b"] }]);
    await connect(world);
    expect(link.open[0]?.payload).toMatchObject({
      ifVersion: 3,
      patches: [{ op: "add", path: ["tags", 2], value: "b" }],
    });
  });

  test("that met another version is rejected with the entity as it is", async () => {
    const { link, tasks } = world;
    const pushed = push("b");
    await settled();
    const theirs = anEntity("t", { title: "A", tags: [], version: 2, seq: 6 });
    link.say("events", { events: [anEvent("task:updated", 6, theirs)] });
    expect(tasks.get("t")?.["tags"]).toEqual([]);
    link.open[0]?.refuse(new HoldfastError("CONFLICT", "version", { details: { current: theirs } }));
    await expect(pushed.synced).rejects.toMatchObject({ code: "CONFLICT", details: { current: theirs } });
  });
});

describe("discarding", () => {
  test("takes a write off the screen and out of the queue, with what builds on it", async () => {
    const { link, tasks } = world;
    link.goDown();
    const made = tasks.create({ title: "N" });
    const renamed = rename(world, "M", made.entityId);
    const kept = rename(world, "B");
    made.discard();
    expect(tasks.list().map(({ title }) => title)).toEqual(["B"]);
    await expect(made.acknowledged).rejects.toMatchObject({ code: "CLOSED" });
    await expect(renamed.acknowledged).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect([made.status, renamed.status]).toEqual(["discarded", "rejected"]);
    await connect(world);
    expect(link.open.map(({ payload }) => payload["mutationId"])).toEqual([kept.id]);
  });

  test("of one on its way lets the server know that nobody asks for it again", async () => {
    const { link, mutations } = world;
    const renamed = rename(world, "B");
    await settled();
    mutations.discard(renamed.id);
    rename(world, "C");
    await settled();
    expect(link.open.at(-1)?.payload["ackedThrough"]).toBe(1);
    link.open[0]?.answer(ack(6, anEntity("t", { title: "B", version: 2 })));
    await settled();
    expect(renamed.status).toBe("discarded");
  });

  test("after the ack does nothing", async () => {
    const { link, tasks } = world;
    const renamed = rename(world, "B");
    await settled();
    link.open[0]?.answer(ack(6, anEntity("t", { title: "B", version: 2 })));
    await settled();
    renamed.discard();
    expect([renamed.status, tasks.get("t")?.title]).toEqual(["acknowledged", "B"]);
  });
});
