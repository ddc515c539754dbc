import fc from "fast-check";
import { expect, test } from "vitest";
import type { Entity } from "../../sdk/protocol/index.ts";
import { compareEntities, createOrderedList } from "../../sdk/store/ordered-list.ts";
import { seedOf } from "../store/seed.ts";
import { anEntity } from "./entities.ts";

test("entities stand by creation, then by id, and unsaved ones last", () => {
  const entities = [
    anEntity("c", { createdAt: 1 }),
    anEntity("b", { createdAt: 2 }),
    anEntity("new", { createdAt: 0, version: 0 }),
    anEntity("a", { createdAt: 2 }),
  ];
  expect(entities.sort(compareEntities).map(({ id }) => id)).toEqual(["c", "a", "b", "new"]);
});

const write = fc.record({
  id: fc.integer({ min: 0, max: 12 }).map((n) => `t${n}`),
  createdAt: fc.integer({ min: 0, max: 3 }),
  version: fc.integer({ min: 0, max: 2 }),
  gone: fc.boolean(),
  read: fc.boolean(),
});

test("a list brought up to date change by change equals one sorted anew, and keeps its identity when nothing changed", () => {
  fc.assert(
    fc.property(fc.array(write, { maxLength: 60 }), (writes) => {
      const list = createOrderedList();
      const entities = new Map<string, Entity>();
      const all = (): Entity[] => [...entities.values()];
      let last = list.read(all);
      for (const { id, createdAt, version, gone, read } of writes) {
        const before = entities.get(id);
        const after = gone ? undefined : anEntity(id, { createdAt, version });
        if (after === undefined) entities.delete(id);
        else entities.set(id, after);
        list.change(id, before, after);
        if (!read) continue;
        const next = list.read(all);
        const expected = all().sort(compareEntities);
        expect(next).toEqual(expected);
        expect(next.every((entity, index) => entity === expected[index])).toBe(true);
        const isSame = last.length === next.length && last.every((entity, index) => entity === next[index]);
        expect(next === last).toBe(isSame);
        expect(list.read(all)).toBe(next);
        last = next;
      }
    }),
    { seed: seedOf("ordered list"), numRuns: 500 },
  );
});

test("a long list takes one change without asking for all entities again", () => {
  const entities = Array.from({ length: 1_000 }, (_, index) => anEntity(`t${index}`, { createdAt: index }));
  const list = createOrderedList();
  let asked = 0;
  const all = (): Entity[] => {
    asked += 1;
    return [...entities];
  };
  const first = list.read(all);
  const [before] = entities.splice(500, 1, anEntity("t500", { createdAt: 500, title: "new" }));
  list.change("t500", before, entities[500]);
  const second = list.read(all);
  expect(asked).toBe(1);
  expect(second[500]).toBe(entities[500]);
  expect(first[500]).toBe(before);
});
