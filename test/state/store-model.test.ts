import fc from "fast-check";
import { expect, test } from "vitest";
import type { Entity } from "../../sdk/protocol/index.ts";
import { createStore } from "../../sdk/store/index.ts";
import { compareEntities } from "../../sdk/store/ordered-list.ts";
import { seedOf } from "../store/seed.ts";
import { anEntity } from "./entities.ts";

const IDS = ["a", "b", "c", "d", "e"];
const entity = fc.record({ createdAt: fc.integer({ min: 0, max: 2 }), done: fc.boolean(), n: fc.nat(3) });
const writes = <T>(value: fc.Arbitrary<T>) => fc.dictionary(fc.constantFrom(...IDS), value, { maxKeys: 3 });
const batch = fc.record({
  replace: fc.option(writes(entity), { nil: undefined, freq: 6 }),
  base: writes(fc.option(entity)),
  overlay: writes(fc.oneof(fc.option(entity), fc.constant(undefined))),
  read: fc.boolean(),
  follow: fc.boolean(),
});

const isDone = (task: Entity): boolean => task["done"] === true;

/** What is shown, worked out the plain way. */
function shownOf(base: ReadonlyMap<string, Entity>, overlay: ReadonlyMap<string, Entity | null>): Entity[] {
  return IDS.flatMap((id) => {
    const over = overlay.get(id);
    return over === null ? [] : (over ?? base.get(id) ?? []);
  }).sort(compareEntities);
}

/** A list that was made anew and not read, and then a replacement in which nothing of it differs. */
const UNREAD = [
  {
    replace: undefined,
    base: { b: { createdAt: 0, done: true, n: 0 } },
    overlay: {},
    read: false,
    follow: false,
  },
  { replace: undefined, base: { b: null }, overlay: {}, read: false, follow: true },
  { replace: {}, base: {}, overlay: { a: { createdAt: 0, done: false, n: 0 } }, read: false, follow: true },
];

test("whatever is committed, every source shows base and overlay and tells exactly those who see a difference", () => {
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 25 }), (batches) => {
      const store = createStore({
        projectId: "p",
        onError: (error) => {
          throw error;
        },
      });
      const tasks = store.collection("tasks");
      const done = tasks.where(isDone);
      const told = new Set<string>();
      const stops = [tasks.subscribe(() => void told.add("all"))];
      for (const id of IDS) stops.push(tasks.entity(id).subscribe(() => void told.add(id)));
      let unfollow: (() => void) | undefined;
      let base = new Map<string, Entity>();
      const overlay = new Map<string, Entity | null>();
      for (const { replace, base: changes, overlay: over, read, follow } of batches) {
        if (follow && unfollow === undefined) unfollow = done.subscribe(() => void told.add("done"));
        else if (!follow) {
          unfollow?.();
          unfollow = undefined;
        }
        const before = shownOf(base, overlay);
        told.clear();
        const make = (fields: Record<string, unknown> | null): Map<string, Entity | null> =>
          new Map(
            Object.entries(fields ?? {}).map(([id, value]) => [
              id,
              value === null ? null : anEntity(id, value as Record<string, unknown>),
            ]),
          );
        const next = make(changes);
        const shown = new Map(
          [...Object.entries(over)].map(([id, value]) => [id, value && anEntity(id, value)] as const),
        );
        const whole = replace === undefined ? undefined : (make(replace) as Map<string, Entity>);
        if (whole !== undefined) base = new Map(whole);
        for (const [id, value] of next) value === null ? base.delete(id) : base.set(id, value);
        for (const [id, value] of shown) value === undefined ? overlay.delete(id) : overlay.set(id, value);
        store.commit({
          ...(whole === undefined ? {} : { replace: new Map([["tasks", whole]]) }),
          base: new Map([["tasks", next]]),
          overlay: [...shown].map(([id, value]) => ({ collection: "tasks", id, entity: value })),
        });
        const after = shownOf(base, overlay);
        const changed = IDS.filter(
          (id) => before.find((e) => e.id === id) !== after.find((e) => e.id === id),
        );
        expect(new Set(IDS.filter((id) => told.has(id)))).toEqual(new Set(changed));
        expect(told.has("all")).toBe(changed.length > 0);
        if (unfollow !== undefined) {
          const was = before.filter(isDone);
          const is = after.filter(isDone);
          const isSame = was.length === is.length && was.every((e, index) => e === is[index]);
          expect(told.has("done")).toBe(!isSame);
        }
        if (!read) continue;
        expect(tasks.list()).toEqual(after);
        expect(tasks.list().every((e, index) => e === after[index])).toBe(true);
        expect(done.getSnapshot()).toEqual(after.filter(isDone));
        for (const id of IDS) expect(tasks.get(id)).toBe(after.find((e) => e.id === id));
      }
      for (const stop of stops) stop();
    }),
    { seed: seedOf("store model"), numRuns: 400, examples: [[UNREAD]] },
  );
});
