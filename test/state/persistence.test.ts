import { describe, expect, test } from "vitest";
import { HoldfastError } from "../../sdk/errors.ts";
import { indexedDb, memory } from "../../sdk/store/persistence/index.ts";
import { anEntity, anEvent } from "./entities.ts";
import { STATUS } from "./fake-link.ts";
import { connect, leave, page, quiet, rename, useDevice } from "./pages.ts";
import type { PartWorld } from "./part-world.ts";

useDevice();

describe.each([
  ["in memory", () => memory()],
  ["in IndexedDB", () => indexedDb("app")],
])("what is kept %s", (_, make) => {
  test("is shown after a reload before the network answers, and only what changed is asked for", async () => {
    const persistence = make();
    const first = page(persistence);
    await first.keeper?.restore();
    await connect(first, [anEntity("t", { title: "A" }), anEntity("u")]);
    first.link.say("events", {
      events: [anEvent("task:updated", 6, anEntity("t", { title: "B", version: 2, seq: 6 }))],
    });
    first.clock.advance(500);
    await first.keeper?.flushed();
    await leave(first);

    const second = page(persistence);
    let told = 0;
    second.tasks.subscribe(() => {
      told += 1;
    });
    await second.keeper?.restore();
    expect(second.tasks.list().map(({ id, title }) => [id, title])).toEqual([
      ["t", "B"],
      ["u", undefined],
    ]);
    expect(told).toBe(1);
    expect(second.sync.handshake?.()).toEqual({
      sync: { since: { epoch: "e1", seq: 6 }, limit: 2_000, packed: true },
    });
    expect(second.kept).toMatchObject([{ what: "restored", entities: 2, seq: 6 }]);
    expect(second.errors).toEqual([]);
  });

  test("includes what was written offline, in order and to the letter, and what it looks like", async () => {
    const persistence = make();
    const first = page(persistence);
    await first.keeper?.restore();
    await connect(first, [anEntity("t", { title: "A" })]);
    first.link.goDown();
    const made = first.tasks.create({ title: "N" });
    for (let n = 0; n < 11; n++) rename(first, `t${n}`);
    first.clock.advance(500);
    await leave(first);

    const second = page(persistence);
    const third = page(persistence);
    await second.keeper?.restore();
    expect(second.tasks.get("t")?.title).toBe("t10");
    expect(second.tasks.get(made.entityId)?.title).toBe("N");
    const restored = third.keeper?.restore();
    await quiet();
    // The second is still there after the moment for which somebody else may have looked.
    third.clock.advance(20);
    await restored;
    expect(third.mutations.getSnapshot().pending).toEqual([]);
    await connect(second, [anEntity("t", { title: "A" })]);
    const sent = second.link.open.map(({ payload }) => payload["mutationId"]);
    expect(sent).toEqual(Array.from({ length: 12 }, (_, n) => `${made.id.split(":")[0]}:${n + 1}`));
    for (const { answer } of second.link.open)
      answer({ success: true, result: anEntity("t"), seq: 20, epoch: "e1" });
    await quiet();
    second.link.say("events", { events: [] });
    second.store.commit({ position: { epoch: "e1", seq: 20 } });
    second.clock.advance(500);
    await second.keeper?.flushed();
    expect(second.mutations.stored()).toEqual([]);
    await leave(second);

    const fourth = page(persistence);
    await fourth.keeper?.restore();
    expect(fourth.mutations.stored()).toEqual([]);
    expect([second.errors, third.errors, fourth.errors]).toEqual([[], [], []]);
  });

  test("that was acknowledged and not yet in the base is shown until it is", async () => {
    const persistence = make();
    const first = page(persistence);
    await first.keeper?.restore();
    await connect(first, [anEntity("t", { title: "A" })]);
    first.clock.advance(500);
    rename(first, "B");
    await quiet();
    first.link.open[0]?.answer({ success: true, result: anEntity("t", { title: "B" }), seq: 6, epoch: "e1" });
    await quiet();
    await leave(first);

    const second = page(persistence);
    await second.keeper?.restore();
    expect(second.tasks.get("t")?.title).toBe("B");
    expect(second.mutations.getSnapshot().pending).toEqual([]);
    await connect(second, [anEntity("t", { title: "B", version: 2, seq: 6 })], 6);
    expect([second.link.open, second.mutations.stored()]).toEqual([[], []]);
    expect(second.tasks.get("t")).toMatchObject({ title: "B", version: 2 });
  });

  test("of two tabs is sent by each for itself, and by the other once one is gone", async () => {
    const persistence = make();
    const [first, second] = [page(persistence), page(persistence)];
    await first.keeper?.restore();
    await second.keeper?.restore();
    await quiet();
    first.tasks.create({ title: "one" });
    second.tasks.create({ title: "two" });
    await quiet();
    const pending = (world: PartWorld) =>
      world.mutations.stored().map(({ intent }) => (intent.kind === "create" ? intent.value["title"] : "?"));
    expect([pending(first), pending(second)]).toEqual([["one"], ["two"]]);
    await leave(second);
    // A page that is loaded again would come first.
    expect(pending(first)).toEqual(["one"]);
    for (let look = 0; look < 8; look++) {
      first.clock.advance(250);
      await quiet();
    }
    expect(pending(first)).toEqual(["one", "two"]);
    await connect(first);
    expect(new Set(first.link.open.map(({ payload }) => payload["mutationId"])).size).toBe(2);
    await leave(first);

    const third = page(persistence);
    await third.keeper?.restore();
    expect(pending(third).sort()).toEqual(["one", "two"]);
  });

  test("of two tabs is never less than what either showed when it was left", async () => {
    const persistence = make();
    const [first, second] = [page(persistence), page(persistence)];
    for (const one of [first, second]) {
      await one.keeper?.restore();
      await connect(one, [anEntity("t", { title: "A" })]);
    }
    const hear = (world: PartWorld, title: string, seq: number): void => {
      const updated = anEvent("task:updated", seq, anEntity("t", { title, version: seq, seq }));
      world.link.say("events", { events: [updated] });
    };
    for (const one of [first, second]) hear(one, "B", 6);
    // The second is ahead, and the first, which lags, keeps its base last.
    hear(second, "C", 7);
    await leave(second);
    first.clock.advance(500);
    await first.keeper?.flushed();
    const third = page(persistence);
    await third.keeper?.restore();
    expect(third.tasks.get("t")?.title).toBe("C");
  });

  test("includes what a refusal told, until the base has it too", async () => {
    const persistence = make();
    const first = page(persistence);
    await first.keeper?.restore();
    await connect(first, [anEntity("t", { title: "A", tags: [] })]);
    first.clock.advance(500);
    const pushed = first.tasks.update("t", (draft) => void (draft["tags"] as string[]).push("x"));
    await first.keeper?.flushed();
    await quiet();
    const current = anEntity("t", { title: "B", tags: ["y"], version: 2, seq: 6 });
    first.link.open[0]?.refuse(new HoldfastError("CONFLICT", "version", { details: { current } }));
    await quiet();
    expect([pushed.status, first.tasks.get("t")?.title]).toEqual(["rejected", "B"]);
    await leave(first);
    const second = page(persistence);
    await second.keeper?.restore();
    expect(second.tasks.get("t")).toMatchObject({ title: "B", tags: ["y"] });
    expect(second.mutations.getSnapshot().pending).toEqual([]);
    await connect(second, [current]);
    expect([second.tasks.get("t")?.title, second.mutations.stored()]).toEqual(["B", []]);
  });

  test("knows the version of an edit of a list before it is sent", async () => {
    const persistence = make();
    const first = page(persistence);
    await first.keeper?.restore();
    await connect(first, [anEntity("t", { title: "A", tags: [], version: 4 })]);
    first.tasks.update("t", (draft) => void (draft["tags"] as string[]).push("x"));
    expect(first.link.open).toEqual([]);
    await first.keeper?.flushed();
    await quiet();
    const [sent] = first.link.open;
    expect(sent?.payload).toMatchObject({ ifVersion: 4 });
    await leave(first);
    const second = page(persistence);
    await second.keeper?.restore();
    expect(second.mutations.stored()).toMatchObject([{ wasSent: true, intent: { ifVersion: 4 } }]);
  });

  test("of one user is nothing to another: neither shown nor sent, and still there for the first", async () => {
    const persistence = make();
    const first = page(persistence);
    await first.keeper?.restore();
    await connect(first, [anEntity("t", { title: "A" })]);
    first.link.goDown();
    rename(first, "of ada");
    first.clock.advance(500);
    await leave(first);

    const second = page(persistence);
    await second.keeper?.restore();
    expect(second.tasks.get("t")?.title).toBe("of ada");
    const mine = second.tasks.create({ title: "of bob" });
    const up = STATUS as { userId?: string };
    up.userId = "bob";
    try {
      await connect(second, [anEntity("t", { title: "A" })]);
      expect(second.tasks.get("t")?.title).toBe("A");
      expect(second.link.open.map(({ payload }) => payload["mutationId"])).toEqual([mine.id]);
      expect(second.kept.map(({ what }) => what)).toContain("other user");
      await leave(second);
      const bob = page(persistence);
      await bob.keeper?.restore();
      expect(bob.mutations.stored().map(({ id }) => id)).toEqual([mine.id]);
      await leave(bob);
    } finally {
      up.userId = "ada";
    }
    const ada = page(persistence);
    await connect(ada, [anEntity("t", { title: "A" })]);
    expect(ada.tasks.get("t")?.title).toBe("of ada");
    expect(ada.errors).toEqual([]);
  });

  test("is another project's after a switch, and comes back with the first", async () => {
    const persistence = make();
    const world = page(persistence);
    await world.keeper?.restore();
    await connect(world, [anEntity("t", { title: "A" })]);
    world.link.goDown();
    const switchTo = async (projectId: string): Promise<void> => {
      world.keeper?.reset?.(projectId);
      world.sync.reset?.(projectId);
      await quiet();
    };
    await switchTo("p2");
    expect(world.tasks.list()).toEqual([]);
    await switchTo("p1");
    expect(world.tasks.get("t")?.title).toBe("A");
    expect(world.errors).toEqual([]);
  });
});
