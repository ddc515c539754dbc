import { ExpectationFailed } from "./expectation-failed.ts";
import { Matcher, mismatch, shown } from "./mismatch.ts";

/** What the protocol leaves to the server. */
export const anyNumber = new Matcher("any number", (value) => typeof value === "number");
export const anyString = new Matcher("any string", (value) => typeof value === "string");
export const matching = (pattern: RegExp): Matcher =>
  new Matcher(`text like ${pattern}`, (value) => typeof value === "string" && pattern.test(value));

export interface Expectation {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  /** As `toEqual`, but objects may have further fields. */
  toMatchObject(expected: unknown): void;
  toHaveLength(length: number): void;
  toContain(item: unknown): void;
  toHaveProperty(key: string): void;
}

/** The few expectations that facts need, so that they run in any runner and without one. @throws ExpectationFailed */
export function expect(actual: unknown): Expectation & { readonly not: Expectation } {
  return { ...expectationOf(actual, false), not: expectationOf(actual, true) };
}

function expectationOf(actual: unknown, isNegated: boolean): Expectation {
  function judge(fault: string | undefined, what: string): void {
    if (fault !== undefined && !isNegated) throw new ExpectationFailed(fault);
    if (fault === undefined && isNegated) throw new ExpectationFailed(`${shown(actual)} should not ${what}`);
  }
  const unless = (holds: boolean, what: string): void =>
    judge(holds ? undefined : `${shown(actual)} should ${what}`, what);
  return {
    toBe: (expected) => unless(Object.is(actual, expected), `be ${shown(expected)}`),
    toEqual: (expected) => judge(mismatch(actual, expected, false), `equal ${shown(expected)}`),
    toMatchObject: (expected) => judge(mismatch(actual, expected, true), `match ${shown(expected)}`),
    toHaveLength: (length) =>
      unless(Array.isArray(actual) && actual.length === length, `have length ${length}`),
    toContain: (item) => unless(Array.isArray(actual) && actual.includes(item), `contain ${shown(item)}`),
    toHaveProperty: (key) =>
      unless(typeof actual === "object" && actual !== null && key in actual, `have ${key}`),
  };
}
