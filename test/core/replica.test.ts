import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type {
  Change,
  CollectionChanges,
  Entity,
  Envelope,
  FramedEnvelope,
} from "../../sdk/protocol/index.ts";
import { createHub } from "../../server/core/hub.ts";
import type { Requested } from "../../server/core/mutations/mutations.ts";
import { createMemoryStore } from "../../server/store/memory-store.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { aPeer, EDITOR } from "./a-caller.ts";

type Replica = Map<string, Entity>;
const COLLECTIONS: Readonly<Record<string, string>> = {
  task: "tasks",
  session: "sessions",
  team_member: "teamMembers",
};

function changed(replica: Replica, key: string, change: Change): void {
  const before = replica.get(key);
  if (before === undefined) throw new Error(`${key} was changed and is not there`);
  const fields: Record<string, unknown> = { ...before, ...change.set, version: change.version };
  for (const name of change.unset ?? []) delete fields[name];
  replica.set(key, fields as unknown as Entity);
}

/** Follows the events that tell entities, and no others, as a client does that knows only those. */
function follow(replica: Replica, event: FramedEnvelope): void {
  const [singular = "", what = ""] = event.event.split(":");
  const collection = COLLECTIONS[singular];
  if (collection === undefined) return;
  if ("change" in event) {
    changed(replica, `${collection}/${event.change.id}`, event.change);
    return;
  }
  const entity = event.data as Entity;
  const key = `${collection}/${entity.id}`;
  if (what === "deleted") replica.delete(key);
  else if (what === "created" || what === "updated") replica.set(key, entity);
}

function applyDelta(replica: Replica, changes: Readonly<Record<string, CollectionChanges>>): void {
  for (const [collection, { upserted, patched = [], removed }] of Object.entries(changes)) {
    for (const entity of upserted) replica.set(`${collection}/${entity.id}`, entity);
    for (const change of patched) changed(replica, `${collection}/${change.id}`, change);
    for (const id of removed) replica.delete(`${collection}/${id}`);
  }
}

const taskIds = ["t1", "t2", "t3"];
const sessionIds = ["s1", "s2", "s3"];
const subsetOf = (ids: string[]) => fc.subarray(ids);
const status = fc.constantFrom("idle", "working", "completed", "failed", "stopped");
const operation: fc.Arbitrary<Requested> = fc.oneof(
  fc.record({
    op: fc.constant("create" as const),
    collection: fc.constant("tasks"),
    id: fc.constantFrom(...taskIds),
    value: fc.record({ title: fc.constantFrom("a", "b"), sessionIds: subsetOf(sessionIds) }),
  }),
  fc.record({
    op: fc.constant("create" as const),
    collection: fc.constant("sessions"),
    id: fc.constantFrom(...sessionIds),
    value: fc.record({ name: fc.constantFrom("a", "b"), taskIds: subsetOf(taskIds) }),
  }),
  fc.record({
    op: fc.constant("merge" as const),
    collection: fc.constant("tasks"),
    id: fc.constantFrom(...taskIds),
    value: fc.record(
      {
        title: fc.constantFrom("a", "b", "c"),
        sessionIds: subsetOf(sessionIds),
        note: fc.constantFrom("x", "y", null),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({
    op: fc.constant("merge" as const),
    collection: fc.constant("sessions"),
    id: fc.constantFrom(...sessionIds),
    value: fc.record({ status, taskIds: subsetOf(taskIds) }, { requiredKeys: [] }),
  }),
  fc.record({
    op: fc.constant("remove" as const),
    collection: fc.constant("tasks"),
    id: fc.constantFrom(...taskIds),
  }),
  fc.record({
    op: fc.constant("remove" as const),
    collection: fc.constant("sessions"),
    id: fc.constantFrom(...sessionIds),
  }),
  fc.record({
    op: fc.constantFrom("claim" as const),
    collection: fc.constant("tasks"),
    id: fc.constantFrom(...taskIds),
    value: fc.record({ sessionId: fc.constantFrom(...sessionIds) }),
  }),
);

async function run(operations: readonly Requested[], syncEvery: number): Promise<void> {
  const clock = createManualClock();
  const store = createMemoryStore({ now: clock.now });
  const ignore = (): void => undefined;
  let ids = 0;
  const hub = createHub({
    store,
    clock,
    log: {
      debug: ignore,
      info: ignore,
      warn: ignore,
      error: (fields) => {
        throw new Error(JSON.stringify(fields));
      },
    },
    createId: () => `id-${++ids}`,
    random: () => 0,
    authenticator: { hasVerifier: false, local: EDITOR, verify: async () => "UNAUTHENTICATED" },
  });
  const page = async (batch: boolean) => {
    const peer = aPeer(`${batch}`);
    const auth = { projectId: "p1", protocol: 1, batch };
    const verdict = await hub.admit({ namespace: "/ui", auth, local: true, connection: peer.id });
    if (!verdict.ok) throw new Error(verdict.message);
    hub.attach(peer, verdict.admission);
    return peer;
  };
  const [single, batched] = [await page(false), await page(true)];
  const sync = (since: object) =>
    new Promise<Record<string, unknown>>((resolve) =>
      hub.receive(single, "state:sync", { since }, (ack) => resolve(ack as Record<string, unknown>)),
    );

  const byDelta: Replica = new Map();
  let position = await store.head("p1");
  for (const [index, each] of operations.entries()) {
    await hub.mutations.execute("p1", undefined, each);
    clock.advance(5);
    if (index % syncEvery !== 0) continue;
    const delta = await sync(position);
    expect(delta["mode"]).toBe("delta");
    applyDelta(byDelta, delta["changes"] as Readonly<Record<string, CollectionChanges>>);
    position = { epoch: position.epoch, seq: delta["seq"] as number };
  }
  clock.advance(100);
  applyDelta(byDelta, (await sync(position))["changes"] as Readonly<Record<string, CollectionChanges>>);

  const truth: Replica = new Map();
  const { entities } = await store.snapshot("p1");
  for (const [collection, list] of Object.entries(entities)) {
    for (const entity of list) truth.set(`${collection}/${entity.id}`, entity);
  }
  const bySingles: Replica = new Map();
  const events = single.sent
    .filter(({ event }) => event !== "connection_status")
    .map(({ payload }) => payload as Envelope);
  for (const event of events) follow(bySingles, event);
  const byFrames: Replica = new Map();
  const frames = batched.sent.flatMap(({ event, payload }) =>
    event === "events" ? (payload as { events: FramedEnvelope[] }).events : [],
  );
  for (const event of frames) follow(byFrames, event);

  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(frames.map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq));
  expect(sorted(bySingles)).toEqual(sorted(truth));
  expect(sorted(byFrames)).toEqual(sorted(truth));
  expect(sorted(byDelta)).toEqual(sorted(truth));
  checkLinks(truth);
  await hub.close();
}

function sorted(replica: Replica): unknown {
  return [...replica].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Both sides of every link agree where both exist, and claims are held by sessions that can release them. */
function checkLinks(truth: Replica): void {
  for (const [key, entity] of truth) {
    const [collection] = key.split("/");
    const [field, other, otherField] =
      collection === "tasks" ? ["sessionIds", "sessions", "taskIds"] : ["taskIds", "tasks", "sessionIds"];
    for (const id of (entity[field ?? ""] ?? []) as string[]) {
      const linked = truth.get(`${other}/${id}`);
      if (linked !== undefined)
        expect([key, linked[otherField ?? ""]]).toEqual([key, expect.arrayContaining([entity.id])]);
    }
    const claimedBy = entity["claimedBy"];
    if (claimedBy === undefined) continue;
    expect(["idle", "working"]).toContain(truth.get(`sessions/${String(claimedBy)}`)?.["status"]);
  }
}

describe("whatever is done to linked tasks and sessions", () => {
  test("clients by single events, by frames and by deltas all hold what the server holds", async () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
    console.info(`seed ${seed}`);
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 40 }), fc.integer({ min: 1, max: 7 }), run),
      { seed, numRuns: 200 },
    );
  });
});
