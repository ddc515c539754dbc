import fc from "fast-check";
import { enablePatches, type Patch as ImmerPatch, applyPatches as immerApply, produce } from "immer";
import { describe, expect, test } from "vitest";
import { applyPatches } from "../../sdk/mutations/apply-patches.ts";
import { type Recipe, recordEdit as record } from "../../sdk/mutations/record-edit.ts";
import { toJson } from "../../sdk/mutations/to-json.ts";
import type { Patch } from "../../sdk/protocol/index.ts";
import { anEntity } from "../state/entities.ts";
import { seedOf } from "../store/seed.ts";

enablePatches();

const leaf = fc.oneof(fc.string({ maxLength: 3 }), fc.integer(), fc.boolean(), fc.constant(null));
const { node } = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie("node"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("a", "b", "c"), tie("node"), { maxKeys: 3 }),
  ),
}));
const fields = fc.dictionary(fc.constantFrom("x", "y", "z"), node, { maxKeys: 3 });

/** Turns a draft into `target`, as an application would: field by field, item by item. */
function become(draft: Record<string, unknown> | unknown[], target: unknown): void {
  if (Array.isArray(draft) && Array.isArray(target)) {
    while (draft.length > target.length) draft.pop();
    for (const [index, item] of target.entries()) {
      put(draft as unknown as Record<string, unknown>, String(index), item);
    }
    return;
  }
  if (Array.isArray(draft)) return;
  const wanted = target as Record<string, unknown>;
  for (const key of Object.keys(draft)) if (!(key in wanted)) delete draft[key];
  for (const [key, value] of Object.entries(wanted)) put(draft, key, value);
}

function put(draft: Record<string, unknown>, key: string, value: unknown): void {
  const before = draft[key];
  const bothObjects =
    typeof before === "object" && before !== null && typeof value === "object" && value !== null;
  if (bothObjects && Array.isArray(before) === Array.isArray(value))
    become(before as Record<string, unknown>, value);
  else if (before !== value) draft[key] = value;
}

const own = (entity: object): Record<string, unknown> => {
  const {
    id: _,
    projectId: __,
    version: ___,
    seq: ____,
    createdAt: _____,
    updatedAt: ______,
    ...rest
  } = entity as Record<string, unknown>;
  return rest;
};

describe("patches of a recipe", () => {
  test("make of the entity what the recipe made of it, as Immer's own do, and leave the entity alone", () => {
    fc.assert(
      fc.property(fields, fields, (from, to) => {
        const entity = anEntity("t", from);
        const copy = structuredClone(entity);
        const { patches } = record(entity, (draft) => {
          for (const key of Object.keys(from)) if (!(key in to)) delete draft[key];
          for (const [key, value] of Object.entries(to)) put(draft, key, value);
        });
        const wire = JSON.parse(JSON.stringify(patches)) as Patch[];
        const result = applyPatches(entity, wire);
        expect(own(result ?? {})).toEqual(to);
        expect(result).toEqual(immerApply(entity, wire as ImmerPatch[]));
        expect(entity).toEqual(copy);
      }),
      { seed: seedOf("patches"), numRuns: 1_000 },
    );
  });

  test.each<[string, object, Recipe, boolean]>([
    [
      "a field",
      {},
      (d) => {
        d["title"] = "x";
      },
      false,
    ],
    [
      "a nested field",
      { a: { b: 1 } },
      (d) => {
        (d["a"] as { b: number }).b = 2;
      },
      false,
    ],
    [
      "a new list",
      {},
      (d) => {
        d["tags"] = ["x"];
      },
      false,
    ],
    [
      "an item",
      { tags: ["x"] },
      (d) => {
        (d["tags"] as string[])[0] = "y";
      },
      true,
    ],
    [
      "an item pushed",
      { tags: [] },
      (d) => {
        (d["tags"] as string[]).push("y");
      },
      true,
    ],
    [
      "an item popped",
      { tags: ["x"] },
      (d) => {
        (d["tags"] as string[]).pop();
      },
      true,
    ],
    [
      "a field of an item",
      { list: [{ n: 1 }] },
      (d) => {
        (d["list"] as { n: number }[])[0]!.n = 2;
      },
      true,
    ],
  ])("for %s go through an array index: %#", (_, start, recipe, positional) => {
    expect(record(anEntity("t", start as Record<string, unknown>), recipe).positional).toBe(positional);
  });

  test("of a field set to undefined remove it, and of a date hold its text", () => {
    const at = new Date(0);
    const { patches } = record(anEntity("t", { note: "n" }), (draft) => {
      draft["note"] = undefined;
      draft["at"] = at;
    });
    expect(patches).toEqual([
      { op: "remove", path: ["note"] },
      { op: "add", path: ["at"], value: "1970-01-01T00:00:00.000Z" },
    ]);
  });

  test("too many for one mutation become one a field", () => {
    const { patches } = record(anEntity("t", { list: [] }), (draft) => {
      const list = draft["list"] as number[];
      for (let i = 0; i < 300; i++) list.push(i);
    });
    expect(patches).toEqual([
      { op: "replace", path: ["list"], value: Array.from({ length: 300 }, (_, i) => i) },
    ]);
  });

  test.each(["id", "projectId", "version", "seq", "createdAt", "updatedAt"])("may not touch %s", (field) => {
    expect(() => record(anEntity("t"), (draft) => void Object.assign(draft, { [field]: 9 }))).toThrow(
      expect.objectContaining({ code: "BAD_REQUEST" }),
    );
  });

  test("come from what the recipe did, whatever it returns, and an async one is an error", () => {
    const assigning = ((draft: Record<string, unknown>) => (draft["title"] = "x")) as unknown as Recipe;
    expect(record(anEntity("t"), assigning).patches).toHaveLength(1);
    expect(() => record(anEntity("t"), (() => Promise.resolve()) as unknown as Recipe)).toThrow(TypeError);
    expect(() => record(anEntity("t"), ((d: object) => ({ ...d })) as unknown as Recipe)).toThrow(TypeError);
  });

  test("hold copies: what the recipe assigned stays the application's own", () => {
    const meta = { n: 1 };
    const { patches } = record(anEntity("t"), (draft) => void Object.assign(draft, { meta }));
    meta.n = 2;
    expect(patches).toEqual([{ op: "add", path: ["meta"], value: { n: 1 } }]);
  });

  test.each<[string, object, Recipe, readonly unknown[]]>([
    [
      "a list assigned anew is replaced whole, whatever others do to it",
      { tags: ["a", "b"] },
      (d) => {
        d["tags"] = (d["tags"] as string[]).filter((tag) => tag !== "a");
      },
      [{ op: "replace", path: ["tags"], value: ["b"] }],
    ],
    [
      "the first of many taken out is one removal",
      { list: [{ n: 1 }, { n: 2 }, { n: 3 }] },
      (d) => void (d["list"] as object[]).shift(),
      [{ op: "remove", path: ["list", 0] }],
    ],
    [
      "an item that moves on keeps what is done to it",
      { list: [{ n: 1 }, { n: 2 }] },
      (d) => {
        const list = d["list"] as { n: number }[];
        list.unshift({ n: 0 });
        list[2]!.n = 9;
      },
      [
        { op: "add", path: ["list", 0], value: { n: 0 } },
        { op: "replace", path: ["list", 2, "n"], value: 9 },
      ],
    ],
    ["a field given what it has is no change", { n: 1 }, (d) => void Object.assign(d, { n: 1 }), []],
  ])("%s", (_, start, recipe, patches) => {
    expect(record(anEntity("t", start as Record<string, unknown>), recipe).patches).toEqual(patches);
  });

  test("of any handling of lists make what Immer makes", () => {
    const item = fc.record({ n: fc.nat(9), tags: fc.array(fc.nat(9), { maxLength: 3 }) });
    const step = fc.oneof(
      fc.tuple(fc.constant("splice"), fc.nat(5), fc.nat(3), fc.array(item, { maxLength: 2 })),
      fc.tuple(fc.constant("edit"), fc.nat(5), fc.nat(9), fc.constant([])),
      fc.tuple(fc.constant("swap"), fc.nat(5), fc.nat(5), fc.constant([])),
      fc.tuple(fc.constant("reverse"), fc.nat(1), fc.nat(1), fc.constant([])),
    );
    const play =
      (steps: readonly (readonly [string, number, number, readonly object[]])[]): Recipe =>
      (draft) => {
        const list = draft["list"] as { n: number; tags: number[] }[];
        for (const [kind, a, b, items] of steps) {
          const one = list[a];
          const other = list[b];
          if (kind === "splice") list.splice(a, b, ...structuredClone(items as typeof list));
          if (kind === "edit" && one !== undefined) {
            one.n = b;
            one.tags.push(b);
          }
          if (kind === "swap" && one !== undefined && other !== undefined) {
            list[a] = other;
            list[b] = one;
          }
          if (kind === "reverse") list.reverse();
        }
      };
    fc.assert(
      fc.property(fc.array(item, { maxLength: 5 }), fc.array(step, { maxLength: 5 }), (list, steps) => {
        const entity = anEntity("t", { list });
        const wire = JSON.parse(JSON.stringify(record(entity, play(steps)).patches)) as Patch[];
        const byImmer = produce(entity as object, play(steps) as (draft: object) => void);
        expect(applyPatches(entity, wire)).toEqual(byImmer);
        expect(immerApply(entity, wire as ImmerPatch[])).toEqual(byImmer);
      }),
      { seed: seedOf("lists"), numRuns: 1_000 },
    );
  });
});

describe("a patch", () => {
  const patch = (op: Patch["op"], path: Patch["path"], value?: unknown): Patch =>
    ({ op, path, ...(op === "remove" ? {} : { value }) }) as Patch;
  test.each<[string, object, Patch, object | undefined]>([
    ["whose parent is gone applies to nothing", {}, patch("replace", ["a", "b"], 1), undefined],
    ["whose parent is no container applies to nothing", { a: 1 }, patch("replace", ["a", "b"], 1), undefined],
    ["beyond the end of a list applies to nothing", { a: [] }, patch("replace", ["a", 0], 1), undefined],
    ["that adds after a gap applies to nothing", { a: [] }, patch("add", ["a", 1], 1), undefined],
    ["that appends with a dash appends", { a: [1] }, patch("add", ["a", "-"], 2), { a: [1, 2] }],
    ["that inserts shifts what follows", { a: [1, 3] }, patch("add", ["a", 1], 2), { a: [1, 2, 3] }],
    ["that shortens a list shortens it", { a: [1, 2, 3] }, patch("replace", ["a", "length"], 1), { a: [1] }],
    ["that removes what is gone already changes nothing", { b: 1 }, patch("remove", ["a"]), { b: 1 }],
  ])("%s", (_, value, one, result) => {
    expect(applyPatches(value, [one])).toEqual(result);
  });

  test("shares what it does not go through", () => {
    const value = { a: { x: 1 }, b: { y: [1] } };
    const result = applyPatches(value, [patch("replace", ["a", "x"], 2)]);
    expect(result?.b).toBe(value.b);
    expect(result?.a).not.toBe(value.a);
  });
});

describe("a value on its way to JSON", () => {
  test("is a copy of what JSON holds", () => {
    const value = { a: [1, "x", null, { b: true }] };
    expect(toJson(value)).toEqual(value);
    expect(toJson(value)).not.toBe(value);
    expect([toJson("x"), toJson(null), toJson(undefined)]).toEqual(["x", null, null]);
  });
  test("loses what JSON has no place for", () => {
    expect(toJson({ a: undefined, b: Number.NaN, c: new Date(0) })).toEqual({
      b: null,
      c: "1970-01-01T00:00:00.000Z",
    });
    expect(() => toJson({ a: 1n })).toThrow(TypeError);
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    expect(() => toJson(cycle)).toThrow(TypeError);
  });
});
