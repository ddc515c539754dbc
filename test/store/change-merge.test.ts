import fc from "fast-check";
import { expect, it } from "vitest";
import type { Change, Entity } from "../../sdk/protocol/index.ts";
import { mergeChanges } from "../../server/store/change-merge.ts";
import { applyChange } from "./edits.ts";
import { seedOf } from "./seed.ts";

const field = fc.constantFrom("a", "b", "c", "__proto__", "constructor");
const fields = fc.dictionary(field, fc.integer({ min: 0, max: 3 }));
const change = fc.tuple(fields, fc.subarray(["a", "b", "c", "constructor"])).map(
  ([set, unset]): Change => ({
    id: "t1",
    version: 2,
    set: Object.fromEntries(Object.entries(set).filter(([name]) => !unset.includes(name))),
    unset,
  }),
);

it("several changes as one do what they do one after another", () => {
  const property = fc.property(
    fields,
    fc.array(change, { minLength: 2, maxLength: 6 }),
    (before, changes) => {
      const entity = { ...before, id: "t1", version: 1, seq: 1, createdAt: 0, updatedAt: 0 } as Entity;
      const numbered = changes.map((one, at) => ({ ...one, version: at + 2 }));
      const merged = numbered.reduce(mergeChanges);
      expect(applyChange(entity, merged)).toEqual(numbered.reduce(applyChange, entity));
      expect(merged.version).toBe(changes.length + 1);
      expect((merged.unset ?? []).filter((name) => Object.hasOwn(merged.set, name))).toEqual([]);
    },
  );
  fc.assert(property, { seed: seedOf("change merge") });
});

it("a field set and then taken away is taken away", () => {
  const set: Change = { id: "t1", version: 2, set: { a: 1 } };
  const unset: Change = { id: "t1", version: 3, set: {}, unset: ["a"] };
  expect(mergeChanges(set, unset)).toEqual({ id: "t1", version: 3, set: {}, unset: ["a"] });
  expect(mergeChanges(unset, { ...set, version: 4 })).toEqual({ id: "t1", version: 4, set: { a: 1 } });
});
