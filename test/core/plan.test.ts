import { describe, expect, test } from "vitest";
import type { Entity } from "../../sdk/protocol/index.ts";
import { limitsFrom } from "../../server/core/limits.ts";
import { Draft } from "../../server/core/state/draft.ts";
import { createKinds } from "../../server/core/state/kinds.ts";
import type { Operation } from "../../server/core/state/operation.ts";
import { plan } from "../../server/core/state/plan.ts";
import type { View } from "../../server/store/store.ts";
import { catchFault } from "./catch-fault.ts";
import { aSession, aTask, stamp, viewOf } from "./view-of.ts";

const kinds = createKinds();

function decide(view: View, operation: Operation, limits = {}) {
  const removed: string[] = [];
  const draft = new Draft(view, { now: 1_000, limits: limitsFrom(limits), mutationId: "c1:1" });
  const outcome = plan(draft, operation, {
    kinds,
    newEpoch: () => "e2",
    onSessionRemoved: (_, sessionId) => void removed.push(sessionId),
  });
  const decision = draft.decide(outcome);
  return {
    outcome,
    decision,
    removed,
    told: (decision.events ?? []).map(({ envelope }) => envelope.event),
    written: (decision.writes ?? []).map(({ collection, id }) => `${collection}/${id}`),
  };
}

const update = (collection: string, id: string, fields: object): Operation => ({
  op: "merge",
  collection,
  id,
  value: fields as Record<string, unknown>,
});

describe("planning a change", () => {
  test("writes and events carry matching seqs, and the mutationId stands in every event", () => {
    const view = viewOf({ entities: { tasks: [aTask()], sessions: [aSession()] } });
    const { decision, told, written } = decide(
      view,
      update("tasks", "t1", { sessionIds: ["s1"], status: "completed" }),
    );
    expect(told).toEqual([
      "task:updated",
      "task:session_added",
      "notify:task_completed",
      "session:updated",
      "session:task_added",
    ]);
    expect(written).toEqual(["tasks/t1", "sessions/s1"]);
    expect(decision.events?.map(({ envelope }) => envelope.seq)).toEqual([11, 12, 13, 14, 15]);
    expect(decision.events?.every(({ envelope }) => envelope.mutationId === "c1:1")).toBe(true);
    expect(decision.writes?.map(({ seq, entity }) => [seq, entity?.seq, entity?.version])).toEqual([
      [11, 11, 4],
      [14, 14, 4],
    ]);
  });

  test("an update carries its change", () => {
    const { decision } = decide(
      viewOf({ entities: { tasks: [aTask({ priority: 1 })] } }),
      update("tasks", "t1", { title: "two", priority: null }),
    );
    expect(decision.writes?.[0]?.change).toEqual({
      id: "t1",
      version: 4,
      set: { title: "two", seq: 11, updatedAt: 1_000 },
      unset: ["priority"],
    });
    expect(decision.events?.[0]?.change).toBe(decision.writes?.[0]?.change);
  });

  test("server-owned fields of a create are ignored, and a claim is not made by it", () => {
    const { outcome } = decide(viewOf(), {
      op: "create",
      collection: "tasks",
      id: "t9",
      value: {
        title: "x",
        id: "other",
        version: 9,
        seq: 9,
        projectId: "p9",
        createdAt: 1,
        updatedAt: 1,
        claimedBy: "s1",
      },
    });
    expect(outcome.result).toEqual({
      id: "t9",
      projectId: "p1",
      title: "x",
      status: "todo",
      sessionIds: [],
      version: 1,
      seq: 11,
      createdAt: 1_000,
      updatedAt: 1_000,
    });
  });

  test("a whole entity may come back in a merge patch, but not with other server-owned fields", () => {
    const view = viewOf({ entities: { tasks: [aTask({ claimedBy: "s1" })] } });
    expect(
      decide(view, update("tasks", "t1", { ...aTask({ claimedBy: "s1" }), title: "two" })).outcome.result,
    ).toMatchObject({ title: "two", version: 4 });
    for (const [field, value] of Object.entries({ version: 9, id: "x", claimedBy: "s2", createdAt: null })) {
      expect(catchFault(() => decide(view, update("tasks", "t1", { [field]: value })))).toMatchObject({
        code: "BAD_REQUEST",
        details: { issues: [{ path: [field] }] },
      });
    }
  });

  test("a removed session leaves its tasks, their claims and its focus in one decision", () => {
    const view = viewOf({
      entities: {
        sessions: [aSession({ taskIds: ["t1", "gone"] })],
        tasks: [
          aTask({ sessionIds: ["s1", "s2"], claimedBy: "s1" }),
          { ...aTask({ claimedBy: "s1" }), id: "t2" },
        ],
      },
    });
    const { decision, told, removed } = decide(view, { op: "remove", collection: "sessions", id: "s1" });
    expect(told).toEqual(["session:deleted", "task:updated", "task:session_removed", "task:updated"]);
    expect(removed).toEqual(["s1"]);
    expect(decision.events?.[0]?.envelope.data).toMatchObject({ id: "s1", version: 4, seq: 11 });
    const [session, first, second] = decision.writes ?? [];
    expect(session).toMatchObject({ entity: null, seq: 11 });
    expect(first?.entity).toMatchObject({ sessionIds: ["s2"] });
    expect(first?.entity).not.toHaveProperty("claimedBy");
    expect(second?.entity).not.toHaveProperty("claimedBy");
  });

  test("an entity created with a final status notifies nothing", () => {
    const create = (collection: string, value: object): Operation => ({
      op: "create",
      collection,
      id: "x",
      value: value as Record<string, unknown>,
    });
    expect(decide(viewOf(), create("tasks", { title: "x", status: "completed" })).told).toEqual([
      "task:created",
    ]);
    expect(decide(viewOf(), create("sessions", { name: "x", status: "failed" })).told).toEqual([
      "session:created",
    ]);
    expect(decide(viewOf(), create("sessions", { name: "x", status: "spawning" })).told).toEqual([
      "session:created",
      "session:spawn",
    ]);
  });

  test("the oldest mail goes when there is too much", () => {
    const mail = (id: string, createdAt: number): Entity => ({
      id,
      projectId: "p1",
      fromSessionId: "a",
      type: "x",
      subject: "s",
      body: "b",
      ...stamp,
      createdAt,
    });
    const view = viewOf({ entities: { mail: [mail("m2", 2), mail("m1", 1)] } });
    const value = { fromSessionId: "a", subject: "s", body: "b" };
    const { told, written } = decide(
      view,
      { op: "create", collection: "mail", id: "m3", value },
      { mailPerProject: 2 },
    );
    expect(told).toEqual(["mail:received", "mail:deleted"]);
    expect(written).toEqual(["mail/m3", "mail/m1"]);
  });

  test("a project is removed with everything, in a new epoch", () => {
    const project: Entity = { id: "p1", name: "one", ...stamp };
    const view = viewOf({ entities: { projects: [project], tasks: [aTask()] } });
    const { decision, told, outcome } = decide(view, { op: "remove", collection: "projects", id: "p1" });
    expect(told).toEqual(["project:deleted"]);
    expect(decision.clear).toEqual({ epoch: "e2" });
    expect(outcome).toEqual({ result: null, seq: 11, epoch: "e1" });
  });

  test("a conflict of patches tells the current entity", () => {
    const view = viewOf({ entities: { tasks: [aTask()] } });
    const patches = [{ op: "replace" as const, path: ["none", "x"], value: 1 }];
    expect(
      catchFault(() => decide(view, { op: "update", collection: "tasks", id: "t1", patches })),
    ).toMatchObject({
      code: "CONFLICT",
      details: { current: { id: "t1" }, path: ["patches", 0, "path"] },
    });
  });

  const refusals: [string, Operation, string][] = [
    [
      "a claim of something else than a task",
      { op: "claim", collection: "sessions", id: "s1", value: { sessionId: "s1" } },
      "BAD_REQUEST",
    ],
    [
      "a claim by a session that ended",
      { op: "claim", collection: "tasks", id: "t1", value: { sessionId: "s2" } },
      "CONFLICT",
    ],
    [
      "a release by another session",
      { op: "release", collection: "tasks", id: "t2", value: { sessionId: "s2" } },
      "CONFLICT",
    ],
    [
      "a task that exists",
      { op: "create", collection: "tasks", id: "t1", value: { title: "x" } },
      "CONFLICT",
    ],
    ["a task without a title", { op: "create", collection: "tasks", id: "t9", value: {} }, "BAD_REQUEST"],
    [
      "a project under another id",
      { op: "create", collection: "projects", id: "p2", value: { name: "x" } },
      "BAD_REQUEST",
    ],
    ["what is not there", { op: "remove", collection: "tasks", id: "t9" }, "NOT_FOUND"],
    ["another version", { op: "remove", collection: "tasks", id: "t1", ifVersion: 2 }, "CONFLICT"],
  ];
  for (const [name, operation, code] of refusals) {
    test(`refuses ${name}`, () => {
      const view = viewOf({
        entities: {
          tasks: [aTask(), { ...aTask({ claimedBy: "s1" }), id: "t2" }],
          sessions: [aSession(), { ...aSession({ status: "stopped" }), id: "s2" }],
        },
      });
      expect(catchFault(() => decide(view, operation)).code).toBe(code);
    });
  }
});
