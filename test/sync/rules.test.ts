import { describe, expect, test } from "vitest";
import type { DeltaAck, Entity } from "../../sdk/protocol/index.ts";
import { applyDelta } from "../../sdk/sync/apply-delta.ts";
import { createDraftBase } from "../../sdk/sync/draft-base.ts";
import { createHeldEvents } from "../../sdk/sync/held-events.ts";
import { judgeEvent } from "../../sdk/sync/judge-event.ts";
import { restoreData } from "../../sdk/sync/restore-data.ts";
import { createRoutes } from "../../sdk/sync/routes.ts";
import { takeEvents } from "../../sdk/sync/take-events.ts";
import { anEntity, anEvent } from "../state/entities.ts";

const at = (seq: number, epoch = "e1") => ({ epoch, seq });

describe("a live event", () => {
  test.each([
    ["of another epoch", at(5), { epoch: "e2", seq: 6 }, "epoch"],
    ["before any position", undefined, { epoch: "e1", seq: 1 }, "epoch"],
    ["behind the position", at(5), { epoch: "e1", seq: 4 }, "drop"],
    ["at the position", at(5), { epoch: "e1", seq: 5 }, "drop"],
    ["right after the position", at(5), { epoch: "e1", seq: 6 }, "apply"],
    ["further ahead", at(5), { epoch: "e1", seq: 7 }, "ahead"],
    ["without an epoch, right after", at(5), { seq: 6 }, "apply"],
    ["first of an empty history", at(0), { epoch: "e1", seq: 1 }, "apply"],
  ] as const)("%s", (_, position, event, verdict) => {
    expect(judgeEvent(position, event)).toBe(verdict);
  });
});

describe("a change", () => {
  const before = anEntity("t", { version: 3, seq: 7, updatedAt: 70, title: "A", note: "n" });
  const event = { seq: 8, timestamp: 80 };

  test("becomes the entity, with the event's seq and time where it sets none", () => {
    const change = { id: "t", version: 4, set: { title: "B" }, unset: ["note"] };
    expect(restoreData(before, change, event)).toEqual({
      ...anEntity("t", { version: 4, seq: 8, updatedAt: 80, title: "B" }),
    });
    expect(before["title"]).toBe("A");
  });

  test("keeps the seq and time it sets", () => {
    const change = { id: "t", version: 4, set: { seq: 9, updatedAt: 90 } };
    expect(restoreData(before, change, event)).toMatchObject({ seq: 9, updatedAt: 90 });
  });

  test.each([
    ["without its entity", undefined, 4],
    ["on an older version", before, 3],
    ["on a newer version", before, 5],
  ] as const)("%s restores nothing", (_, base, version) => {
    expect(restoreData(base, { id: "t", version, set: {} }, event)).toBeUndefined();
  });
});

describe("events of one frame", () => {
  const routes = createRoutes({ widgets: { singular: "widget" } });
  const open = (...entities: Entity[]) =>
    createDraftBase((_, id) => entities.find((entity) => entity.id === id));

  test("build on one another and restore data before anybody sees them", () => {
    const draft = open();
    const { change: _, ...updated } = { ...anEvent("task:updated", 2, undefined), change: undefined };
    const { data: __, ...bare } = updated;
    const taken = takeEvents(
      [
        anEvent("task:created", 1, anEntity("t", { title: "A" })),
        { ...bare, change: { id: "t", version: 2, set: { title: "B", seq: 2 } } },
        anEvent("notify:task_completed", 3, { taskId: "t" }),
      ],
      at(0),
      draft,
      routes,
    );
    expect(taken).toMatchObject({ position: at(3), held: [], dropped: 0, need: undefined });
    expect(taken.delivered.map(({ event, data }) => [event, (data as Entity).version])).toEqual([
      ["task:created", 1],
      ["task:updated", 2],
      ["notify:task_completed", undefined],
    ]);
    expect(draft.get("tasks", "t")).toMatchObject({ title: "B", version: 2 });
  });

  test("name the writes of ours they carry", () => {
    const draft = open(anEntity("t"));
    takeEvents([anEvent("task:deleted", 1, anEntity("t"), { mutationId: "c:1" })], at(0), draft, routes);
    expect(draft.confirmed).toEqual([{ mutationId: "c:1", collection: "tasks", id: "t", result: null }]);
    expect(draft.get("tasks", "t")).toBeUndefined();
  });

  test.each([
    ["a gap", anEvent("task:created", 3, anEntity("u")), "gap"],
    ["another epoch", anEvent("task:created", 2, anEntity("u"), { epoch: "e2" }), "epoch"],
    [
      "a change without its entity",
      { ...anEvent("task:updated", 2, 0), change: { id: "?", version: 2, set: {} } },
      "base",
    ],
  ] as const)("stop at %s and hold the rest", (_, odd, need) => {
    const draft = open();
    const last = anEvent("task:created", 4, anEntity("v"));
    const taken = takeEvents([anEvent("task:created", 1, anEntity("t")), odd, last], at(0), draft, routes);
    expect(taken.position).toEqual(at(1));
    expect(taken.held).toEqual([odd, last]);
    expect(taken.need).toBe(need);
    expect([...(draft.changes.get("tasks")?.keys() ?? [])]).toEqual(["t"]);
  });

  test("already known are dropped", () => {
    const taken = takeEvents([anEvent("task:created", 1, anEntity("t"))], at(1), open(), routes);
    expect(taken).toMatchObject({ position: at(1), delivered: [], dropped: 1 });
  });

  test.each([
    ["project:created", "projects", false],
    ["team_member:deleted", "teamMembers", true],
    ["session:updated", "sessions", false],
    ["mail:received", "mail", false],
    ["mail:deleted", "mail", true],
    ["widget:updated", "widgets", false],
  ] as const)("%s goes to %s", (event, collection, isRemoval) => {
    expect(routes.of(event)).toEqual({ collection, isRemoval });
  });

  test.each(["session:spawn", "team_member:archived", "task:session_added", "notify:progress"])(
    "%s takes a place in the history and changes no entity",
    (event) => {
      expect(routes.of(event)).toBeUndefined();
    },
  );
});

describe("held events", () => {
  test("come back in order, the oldest gone beyond the bound, and say how far they were lost", () => {
    const held = createHeldEvents(3);
    held.add([5, 3, 4].map((seq) => anEvent("x", seq, 0)));
    held.add([7, 6].map((seq) => anEvent("x", seq, 0)));
    expect(held.size).toBe(3);
    const { events, lostThrough } = held.drain();
    expect(events.map(({ seq }) => seq)).toEqual([4, 6, 7]);
    expect(lostThrough).toBe(5);
    expect(held.drain()).toEqual({ events: [], lostThrough: 0 });
  });
});

describe("a delta", () => {
  const delta = (changes: DeltaAck["changes"]): DeltaAck => ({
    mode: "delta",
    epoch: "e1",
    seq: 9,
    from: 1,
    changes,
    events: [],
    focus: { projectId: "p1", focusedSessions: [], totalFocused: 0, maxFocused: 4, version: 0, epoch: "e1" },
    serverTime: 0,
  });

  test("replaces, patches over several versions and removes", () => {
    const draft = createDraftBase((_, id) =>
      id === "p" ? anEntity("p", { version: 2, note: "n" }) : undefined,
    );
    const counts = applyDelta(
      delta({
        tasks: {
          upserted: [anEntity("u")],
          patched: [{ id: "p", version: 9, set: { title: "B", seq: 8 }, unset: ["note"] }],
          removed: ["r"],
        },
      }),
      draft,
    );
    expect(counts).toEqual({ upserted: 1, patched: 1, removed: 1 });
    expect(draft.get("tasks", "p")).toEqual(anEntity("p", { version: 9, seq: 8, title: "B" }));
    expect(draft.changes.get("tasks")?.get("r")).toBeNull();
  });

  test.each([
    ["an entity that is not there", undefined],
    ["an entity that is newer already", anEntity("p", { version: 10 })],
  ])("that patches %s is not to be trusted", (_, known) => {
    const draft = createDraftBase(() => known);
    const changes = { tasks: { upserted: [], patched: [{ id: "p", version: 9, set: {} }], removed: [] } };
    expect(applyDelta(delta(changes), draft)).toBeUndefined();
  });
});
