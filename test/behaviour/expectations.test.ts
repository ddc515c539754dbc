import fc from "fast-check";
import { describe, test, expect as theirs } from "vitest";
import { anyNumber, expect, matching } from "../../sdk/testing/suite/expect.ts";
import { createIdScope } from "../../sdk/testing/suite/id-scope.ts";

const seed = Number(process.env["SEED"] ?? Date.now());

function throws(run: () => void): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}

describe("the suite's own expectations", () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  /** Objects that are often alike. */
  const pair = fc.oneof(
    fc.tuple(fc.dictionary(fc.string(), json), fc.dictionary(fc.string(), json)),
    fc.dictionary(fc.constantFrom("a", "b", "c"), json).map((value) => [value, { ...value }] as const),
    fc
      .tuple(fc.dictionary(fc.constantFrom("a", "b", "c"), json), fc.constantFrom("a", "b", "c"))
      .map(
        ([value, key]) =>
          [value, Object.fromEntries(Object.entries(value).filter(([k]) => k !== key))] as const,
      ),
  );

  test(`judge as vitest does (SEED=${seed})`, () => {
    let same = 0;
    fc.assert(
      fc.property(pair, ([actual, expected]) => {
        const isEqual = !throws(() => theirs(actual).toEqual(expected));
        same += isEqual ? 1 : 0;
        theirs(throws(() => expect(actual).toEqual(expected))).toBe(!isEqual);
        theirs(throws(() => expect(actual).not.toEqual(expected))).toBe(isEqual);
        const fits = !throws(() => theirs(actual).toMatchObject(expected));
        theirs(throws(() => expect(actual).toMatchObject(expected))).toBe(!fits);
      }),
      { seed, numRuns: 500 },
    );
    theirs(same).toBeGreaterThan(50);
  });

  test("say where two values differ", () => {
    const actual = { details: { issues: [{ path: ["a", 0] }] } };
    theirs(() => expect(actual).toMatchObject({ details: { issues: [{ path: ["a", 1] }] } })).toThrow(
      "details.issues[0].path[1] is 0, not 1",
    );
    theirs(() => expect({ at: "x" }).toEqual({ at: anyNumber })).toThrow('at is "x", not any number');
    theirs(() => expect("abc").toEqual(matching(/^b/))).toThrow('it is "abc", not text like /^b/');
    theirs(() => expect(new Uint8Array([1])).toEqual(new Uint8Array([2]))).toThrow("it is [1], not [2]");
    theirs(() => expect([1]).toHaveLength(2)).toThrow("[1] should have length 2");
    theirs(() => expect([1]).not.toContain(1)).toThrow("[1] should not contain 1");
    theirs(() => expect({}).toHaveProperty("focus")).toThrow("{} should have focus");
  });
});

test("ids of a shared server go out marked and come in as they were, opaque ones untouched", () => {
  const scope = createIdScope("x7");
  const said = {
    mutationId: "c1:3",
    sessionIds: ["s1", "later"],
    statuses: { s1: "working" },
    text: '{ "guid" :"g1"}',
    cursor: "s1",
    title: "one",
    data: new Uint8Array([1]),
  };
  const out = scope.out(said);
  theirs(out).toEqual({
    mutationId: "c1.x7:3",
    sessionIds: ["s1.x7", "later.x7"],
    statuses: { "s1.x7": "working" },
    text: '{ "guid" :"g1.x7"}',
    cursor: "s1",
    title: "one",
    data: new Uint8Array([1]),
  });
  theirs(scope.in(out)).toEqual(said);
});
