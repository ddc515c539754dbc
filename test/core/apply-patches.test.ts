import fc from "fast-check";
import { enablePatches, applyPatches as immerApply, produceWithPatches } from "immer";
import { describe, expect, test } from "vitest";
import type { Patch } from "../../sdk/protocol/index.ts";
import { applyPatches } from "../../server/core/state/apply-patches.ts";
import { catchFault } from "./catch-fault.ts";

enablePatches();

const base = { title: "one", tags: ["a", "b", "c"], deep: { list: [{ x: 1 }], text: "t" } };
const add = (path: (string | number)[], value: unknown): Patch => ({ op: "add", path, value }) as Patch;
const replace = (path: (string | number)[], value: unknown): Patch =>
  ({ op: "replace", path, value }) as Patch;
const remove = (path: (string | number)[]): Patch => ({ op: "remove", path });

describe("applying patches", () => {
  const table: [string, Patch[], object][] = [
    ["sets a field", [replace(["title"], "two")], { ...base, title: "two" }],
    ["adds a field", [add(["more"], 1)], { ...base, more: 1 }],
    ["removes a field", [remove(["deep"])], { title: "one", tags: ["a", "b", "c"] }],
    ["removes what is not there", [remove(["none"])], base],
    ["inserts into an array", [add(["tags", 1], "x")], { ...base, tags: ["a", "x", "b", "c"] }],
    ["appends to an array by its length", [add(["tags", 3], "x")], { ...base, tags: ["a", "b", "c", "x"] }],
    ["appends to an array by a dash", [add(["tags", "-"], "x")], { ...base, tags: ["a", "b", "c", "x"] }],
    ["takes an element out", [remove(["tags", 0])], { ...base, tags: ["b", "c"] }],
    ["takes an index as text", [replace(["tags", "1"], "x")], { ...base, tags: ["a", "x", "c"] }],
    ["shortens an array", [replace(["tags", "length"], 1)], { ...base, tags: ["a"] }],
    [
      "goes through arrays",
      [replace(["deep", "list", 0, "x"], 2)],
      { ...base, deep: { list: [{ x: 2 }], text: "t" } },
    ],
    [
      "applies one after another",
      [add(["new"], { n: [1] }), add(["new", "n", 1], 2), remove(["tags", 0]), remove(["tags", 0])],
      { ...base, new: { n: [1, 2] }, tags: ["c"] },
    ],
  ];
  for (const [name, patches, after] of table) {
    test(name, () => {
      const before = structuredClone(base);
      expect(applyPatches(before, patches)).toEqual(after);
      expect(before).toEqual(base);
    });
  }

  test("shares what no patch goes through", () => {
    const after = applyPatches(base, [replace(["deep", "text"], "u")]);
    expect(after["tags"]).toBe(base.tags);
    expect((after["deep"] as typeof base.deep).list).toBe(base.deep.list);
  });

  test("never writes into the value of a patch", () => {
    const value = { n: 1 };
    applyPatches(base, [add(["new"], value), replace(["new", "n"], 2)]);
    expect(value).toEqual({ n: 1 });
  });

  const refusals: [string, Patch, string, unknown][] = [
    ["through a prototype", add(["__proto__", "x"], 1), "BAD_REQUEST", ["patches", 0, "path", 0]],
    ["through a constructor", add(["deep", "constructor", "x"], 1), "BAD_REQUEST", ["patches", 0, "path", 1]],
    ["to a prototype", replace(["deep", "prototype"], 1), "BAD_REQUEST", ["patches", 0, "path", 1]],
    ["to the id", replace(["id"], "x"), "BAD_REQUEST", ["patches", 0, "path", 0]],
    ["to the project", replace(["projectId"], "x"), "BAD_REQUEST", ["patches", 0, "path", 0]],
    ["to the version", remove(["version"]), "BAD_REQUEST", ["patches", 0, "path", 0]],
    ["to the seq", replace(["seq"], 1), "BAD_REQUEST", ["patches", 0, "path", 0]],
    ["to a time", replace(["updatedAt", "x"], 1), "BAD_REQUEST", ["patches", 0, "path", 0]],
    ["whose parent is gone", replace(["none", "x"], 1), "CONFLICT", undefined],
    ["whose parent is a text", replace(["title", "x"], 1), "CONFLICT", undefined],
    ["whose parent is inherited", replace(["toString", "x"], 1), "CONFLICT", undefined],
    ["past the end of an array", add(["tags", 4], 1), "CONFLICT", undefined],
    ["to an element that is not there", replace(["tags", 3], 1), "CONFLICT", undefined],
    ["to no index of an array", replace(["tags", "x"], 1), "CONFLICT", undefined],
    ["that makes an array longer than it is", replace(["tags", "length"], 9), "CONFLICT", undefined],
  ];
  for (const [name, patch, code, path] of refusals) {
    test(`refuses a path ${name}`, () => {
      const fault = catchFault(() => applyPatches(base, [patch]));
      expect(fault.code).toBe(code);
      if (path !== undefined) expect(fault.details).toMatchObject({ issues: [{ path }] });
    });
  }

  test("does what Immer does with Immer's own patches", () => {
    const value = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: "small" },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        tie("list"),
        tie("object"),
      ),
      list: fc.array(tie("json"), { maxLength: 4 }),
      object: fc.dictionary(fc.stringMatching(/^[a-e]$/), tie("json"), { maxKeys: 4 }),
    }));
    const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
    console.info(`seed ${seed}`);
    fc.assert(
      fc.property(value.object, value.object, (before, after) => {
        const [, patches] = produceWithPatches(before as object, (draft) => {
          merge(draft as Record<string, unknown>, structuredClone(after) as Record<string, unknown>);
        });
        const given = patches as unknown as Patch[];
        expect(applyPatches(before as Record<string, unknown>, given)).toEqual(
          immerApply(before as object, patches),
        );
      }),
      { seed, numRuns: 500 },
    );
  });
});

/** Edits a draft in place until it equals `target`, touching only what differs. */
function merge(draft: Record<string, unknown>, target: Record<string, unknown>): void {
  for (const key of Object.keys(draft)) if (!Object.hasOwn(target, key)) delete draft[key];
  for (const [key, value] of Object.entries(target)) {
    const own = draft[key];
    if (Array.isArray(own) && Array.isArray(value)) {
      own.length = Math.min(own.length, value.length);
      for (const [index, item] of (value as unknown[]).entries()) own[index] = item;
    } else if (isRecord(own) && isRecord(value)) merge(own, value);
    else draft[key] = value;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
