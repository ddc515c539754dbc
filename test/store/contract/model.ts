import fc from "fast-check";
import { expect, it } from "vitest";
import type { Entity, Position } from "../../../sdk/protocol/index.ts";
import { DEFAULT_RETENTION } from "../../../server/store/retention.ts";
import type { Commit, Store, StoreDelta } from "../../../server/store/store.ts";
import { applyChange, type Edit, edits, emit, put, remove } from "../edits.ts";
import { NaiveProject } from "../naive-project.ts";
import { seedOf } from "../seed.ts";
import type { Stores } from "./use-stores.ts";

type Step =
  | {
      readonly kind: "commit";
      readonly project: number;
      readonly list: readonly Edit[];
      readonly focus?: number;
    }
  | { readonly kind: "clear"; readonly project: number; readonly list: readonly Edit[] }
  | { readonly kind: "remember"; readonly project: number }
  | { readonly kind: "check"; readonly project: number; readonly which: number };

const id = fc.constantFrom("a", "b", "c", "d", "e");
const collection = fc.constantFrom("tasks", "notes", "mail");
const field = fc.constantFrom("x", "y", "z");
const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(undefined), fc.constant({ deep: [1] }));
const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(collection, id, fc.dictionary(field, value, { maxKeys: 2 }), fc.boolean())
      .map(([into, name, fields, tells]) => put(into, name, fields, tells || name < "d")),
  },
  { weight: 2, arbitrary: fc.tuple(collection, id).map(([from, name]) => remove(from, name)) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom("notify:progress", "session:modal", "session:spawn")
      .map((event) => emit(event)),
  },
);
// An entity is written at most once in a decision.
const list = fc.uniqueArray(edit, {
  maxLength: 6,
  selector: (one) => ("id" in one ? `${one.collection}/${one.id}` : {}),
});
const project = fc.integer({ min: 0, max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant("commit" as const), project, list, focus: fc.integer() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("clear" as const), project, list }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("remember" as const), project }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("check" as const), project, which: fc.nat(20) }) },
);

const retention = { ...DEFAULT_RETENTION, removalsKept: 6, eventsKept: 4, changesKept: 12 };

/** What a client had at a position. */
interface Remembered {
  readonly position: Position;
  readonly entities: ReadonlyMap<string, Entity>;
}

function keyed(entities: Readonly<Record<string, readonly Entity[]>>): Map<string, Entity> {
  return new Map(
    Object.entries(entities).flatMap(([name, all]) =>
      all.map((entity) => [`${name}/${entity.id}`, entity] as const),
    ),
  );
}

/** The client's state after taking in a delta, with changes in place of entities wherever there are some. */
function takenIn({ entities }: Remembered, delta: StoreDelta, usesChanges: boolean): Map<string, Entity> {
  const state = new Map(entities);
  for (const [name, { upserted, changes, removed }] of Object.entries(delta.changes)) {
    for (const entity of upserted) {
      const key = `${name}/${entity.id}`;
      const change = usesChanges ? changes.get(entity.id) : undefined;
      const before = state.get(key);
      if (change !== undefined) expect(before, `${key} is patched but not there`).toBeDefined();
      state.set(key, change === undefined || before === undefined ? entity : applyChange(before, change));
    }
    for (const gone of removed) state.delete(`${name}/${gone}`);
  }
  return state;
}

async function checkDelta(
  store: Store,
  model: NaiveProject,
  projectId: string,
  then: Remembered,
): Promise<void> {
  const delta = await store.delta(projectId, then.position);
  expect(delta !== undefined).toBe(model.hasDelta(then.position));
  if (delta === undefined) return;
  const from = then.position.seq;
  const { events, lost } = model.eventsAfter(from);
  const told = Object.entries(delta.changes).flatMap(([name, { upserted }]) =>
    upserted.map((e) => `${name}/${e.id}`),
  );
  const patched = Object.entries(delta.changes).flatMap(([name, { changes }]) =>
    [...changes.keys()].map((e) => `${name}/${e}`),
  );
  expect(delta).toMatchObject({
    position: model.position,
    from,
    events,
    eventsLost: lost,
    registers: model.registers,
  });
  expect([...told].sort()).toEqual(model.changedAfter(from).sort());
  expect([...patched].sort()).toEqual(model.patchableAfter(from, then.entities).sort());
  expect(takenIn(then, delta, false)).toEqual(model.entities);
  expect(takenIn(then, delta, true)).toEqual(model.entities);
}

async function run(store: Store, steps: readonly Step[]): Promise<void> {
  const names = ["p1", "p2"];
  const models = await Promise.all(
    names.map(async (name) => new NaiveProject(name, (await store.head(name)).epoch, retention)),
  );
  const memories: Remembered[][] = names.map(() => []);
  const seqs = names.map(() => 0);
  const stop = store.onCommit((commit: Commit) => {
    const at = names.indexOf(commit.projectId);
    for (const { envelope } of commit.events) {
      const next = (seqs[at] ?? 0) + 1;
      expect(envelope.seq).toBe(next);
      seqs[at] = next;
    }
    if (commit.reset !== undefined) seqs[at] = 0;
  });
  let epochs = 0;
  for (const taken of steps) {
    const name = names[taken.project] ?? "";
    const model = models[taken.project];
    if (model === undefined) continue;
    const memory = memories[taken.project] ?? [];
    if (taken.kind === "commit" || taken.kind === "clear") {
      const extras =
        taken.kind === "clear"
          ? { clear: { epoch: `anew ${++epochs}` } }
          : { registers: { focus: taken.focus, [`r${Number(taken.focus) % 3}`]: undefined } };
      const decide = edits(taken.list, extras);
      expect(await store.transact(name, decide)).toEqual(model.apply(decide));
      expect(await store.head(name)).toEqual(model.position);
    } else if (taken.kind === "remember") {
      const { position, entities, registers } = await store.snapshot(name);
      expect({ position, registers }).toEqual({ position: model.position, registers: model.registers });
      expect(keyed(entities)).toEqual(model.entities);
      memory.push({ position, entities: keyed(entities) });
    } else {
      const then = memory[taken.which % Math.max(1, memory.length)];
      if (then !== undefined) await checkDelta(store, model, name, then);
    }
  }
  for (const [at, name] of names.entries()) {
    for (const then of memories[at] ?? []) {
      const model = models[at];
      if (model !== undefined) await checkDelta(store, model, name, then);
    }
  }
  expect(seqs).toEqual(models.map(({ seq }) => seq));
  stop();
}

export function describeModel(stores: Stores): void {
  it("does what a naive model does, whatever happens in whatever order", async () => {
    const seed = seedOf("store model");
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 60, size: "max" }),
      async (steps) => {
        const place = await stores.place();
        const store = await place.open({ retention });
        try {
          await run(store, steps);
        } finally {
          await store.close();
        }
      },
    );
    await fc.assert(property, { seed, numRuns: 60 });
  });
}
