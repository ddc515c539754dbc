import fc from "fast-check";
import { expect, test } from "vitest";
import type { Change, DeltaAck, Entity } from "../../sdk/protocol/index.ts";
import { applyDelta } from "../../sdk/sync/apply-delta.ts";
import { createDraftBase } from "../../sdk/sync/draft-base.ts";
import { pack } from "../../server/core/sync/pack.ts";

const seed = Number(process.env["SEED"] ?? Date.now());
const entity = (id: string): Entity => ({
  id,
  version: 1,
  seq: 1,
  createdAt: 1,
  updatedAt: 1,
  a: 0,
  b: 0,
  c: 0,
});

/** The entities after a delta with these changes, as the client makes them. */
function after(ids: readonly string[], changes: object): unknown {
  const base = new Map(ids.map((id) => [id, entity(id)]));
  const draft = createDraftBase((_, id) => base.get(id));
  const delta = { changes: { tasks: { upserted: [], removed: [], ...changes } } } as unknown as DeltaAck;
  return [
    applyDelta(delta, draft),
    [...(draft.changes.get("tasks") ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
}

test("packed changes say what the changes said, whatever fields they set and remove", () => {
  console.log(`seed ${seed}`);
  const changes = fc.uniqueArray(
    fc.record(
      {
        id: fc.stringMatching(/^[a-z]{1,4}$/),
        version: fc.integer({ min: 2, max: 9 }),
        set: fc.dictionary(fc.constantFrom("a", "b", "c", "seq", "__proto__", "odd\0name"), fc.jsonValue()),
        unset: fc.uniqueArray(fc.constantFrom("a", "b"), { minLength: 1 }),
      },
      { requiredKeys: ["id", "version", "set"] },
    ),
    { selector: ({ id }) => id, maxLength: 30 },
  );
  fc.assert(
    fc.property(changes, (list) => {
      const told = list as readonly Change[];
      const ids = told.map(({ id }) => id);
      const wire: unknown = JSON.parse(JSON.stringify(pack(told)));
      expect(after(ids, wire as object)).toEqual(after(ids, { patched: JSON.parse(JSON.stringify(told)) }));
    }),
    { seed, numRuns: 300 },
  );
});

test("ten changes of the same fields take less than two thirds of the text", () => {
  const told = Array.from({ length: 10 }, (_, at) => ({
    id: `task-${at}`,
    version: 2,
    set: { priority: at, points: at, rev: at, seq: 100 + at, updatedAt: 1_700_000_000_000 + at },
  }));
  expect(JSON.stringify(pack(told)).length).toBeLessThan((JSON.stringify(told).length * 2) / 3);
});
