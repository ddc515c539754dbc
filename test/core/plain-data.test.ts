import { describe, expect, test } from "vitest";
import { isSmaller } from "../../server/core/delivery/framed.ts";
import { depthOf } from "../../server/core/json-depth.ts";
import { fingerprintOf } from "../../server/core/mutations/fingerprint.ts";
import { changeOf } from "../../server/core/state/change-of.ts";
import { deepEqual } from "../../server/core/state/deep-equal.ts";
import { isLargerThan } from "../../server/core/state/entity-size.ts";
import { mergePatch } from "../../server/core/state/merge-patch.ts";
import { aTask } from "./view-of.ts";

describe("a merge patch", () => {
  // The table of RFC 7396, appendix A.
  const table: [unknown, unknown, unknown][] = [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of table) {
    test(`${JSON.stringify(patch)} on ${JSON.stringify(target)} gives ${JSON.stringify(result)}`, () => {
      expect(mergePatch(target, patch)).toEqual(result);
    });
  }

  test("reaches no prototype", () => {
    const merged = mergePatch(
      {},
      JSON.parse('{"__proto__": {"polluted": 1}, "a": {"constructor": {"polluted": 1}}}'),
    );
    expect(merged).toEqual({ a: {} });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("JSON values", () => {
  test("are equal whatever the order of their keys", () => {
    expect(deepEqual({ a: 1, b: [{ c: 2 }] }, { b: [{ c: 2 }], a: 1 })).toBe(true);
    for (const [a, b] of [
      [{ a: 1 }, { a: 1, b: 2 }],
      [{ a: 1 }, { b: 1 }],
      [[1], { 0: 1 }],
      [[1, 2], [1]],
      [null, {}],
      [1, "1"],
    ]) {
      expect(deepEqual(a, b)).toBe(false);
    }
  });

  test("are measured in UTF-8", () => {
    for (const text of ["abc", "äöü", "汉字", "😀😀", "\u0000"]) {
      const bytes = new TextEncoder().encode(JSON.stringify({ text })).length;
      expect([isLargerThan({ text }, bytes), isLargerThan({ text }, bytes - 1)]).toEqual([false, true]);
    }
  });

  test("have a depth that is counted no further than needed", () => {
    expect([depthOf(1, 9), depthOf({}, 9), depthOf({ a: [1] }, 9), depthOf(new Uint8Array(9), 9)]).toEqual([
      0, 1, 2, 0,
    ]);
    let deep: unknown = [];
    for (let n = 0; n < 100_000; n += 1) deep = [deep];
    expect(depthOf(deep, 64)).toBeGreaterThan(64);
  });
});

describe("a change", () => {
  test("holds the fields that differ and names those that are gone", () => {
    const before = aTask({ priority: 1, labels: ["a"] });
    const { priority: _, ...rest } = before;
    const after = { ...rest, title: "two", version: 4, seq: 11, updatedAt: 300 };
    expect(changeOf(before, after as typeof before)).toEqual({
      id: "t1",
      version: 4,
      set: { title: "two", seq: 11, updatedAt: 300 },
      unset: ["priority"],
    });
  });

  test("stands for its entity only where it is smaller", () => {
    const entity = aTask();
    expect(isSmaller({ id: "t1", version: 4, set: { title: "one" } }, entity)).toBe(true);
    const unset = Array.from({ length: 50 }, (_, n) => `field${n}`);
    expect(isSmaller({ id: "t1", version: 4, set: { title: "one" }, unset }, entity)).toBe(false);
  });
});

describe("a fingerprint", () => {
  const print = (body: object) => fingerprintOf("mutate", body);

  test("is that of the JSON value: keys in any order, what says how it is sent aside", () => {
    const long = "x".repeat(1_000);
    expect(print({ a: 1, b: { c: long, d: [1, 2] }, ackedThrough: 3, mutationId: "c:1" })).toBe(
      print({ b: { d: [1, 2], c: long }, a: 1, mutationId: "c:2", projectId: "p", e: undefined }),
    );
  });

  test("tells bodies apart", () => {
    const bodies = [
      { a: 1 },
      { a: "1" },
      { a: [1] },
      { a: { 0: 1 } },
      { a: null },
      { a: [1, 2] },
      { a: [12] },
      { a: "1,2" },
      { a: { ackedThrough: 1 } },
      { a: { ackedThrough: 2 } },
      { a: "x".repeat(100) },
      { a: `${"x".repeat(99)}y` },
    ];
    expect(new Set(bodies.map(print)).size).toBe(bodies.length);
    expect(fingerprintOf("a", {})).not.toBe(fingerprintOf("b", {}));
    expect(print({ a: "x".repeat(10_000) }).length).toBeLessThan(64);
  });
});
