import { describe, expect, test } from "vitest";
import {
  type FocusRegister,
  focusIn,
  isStale,
  withFocus,
  withoutFocus,
  withoutSession,
} from "../../server/core/focus/focus-register.ts";

const never = (): number => 0;
const focus = (register: FocusRegister, id: string, at: number, activeAt = never) =>
  withFocus(register, id, at, 4, activeAt).register;
const idsOf = ({ focused }: FocusRegister) => focused.map(({ id }) => id);

describe("the focus of a project", () => {
  const four = ["a", "b", "c", "d"].reduce(
    (register, id, at) => focus(register, id, at + 1),
    focusIn(undefined),
  );

  test("stands in order of focus, one version a change", () => {
    expect(idsOf(four)).toEqual(["a", "b", "c", "d"]);
    expect(four.version).toBe(4);
    expect(idsOf(withoutFocus(four, "b"))).toEqual(["a", "c", "d"]);
  });

  test("evicts the session that was active least lately, by focus, input or output", () => {
    expect(withFocus(four, "e", 9, 4, never)).toMatchObject({ evicted: ["a"], register: { version: 5 } });
    const active = (id: string): number => ({ a: 20, b: 30, c: 10, d: 40 })[id] ?? 0;
    expect(withFocus(four, "e", 50, 4, active).evicted).toEqual(["c"]);
  });

  test("evicts several when fewer may be focused than before", () => {
    const { register, evicted } = withFocus(four, "e", 9, 2, never);
    expect([idsOf(register), evicted]).toEqual([
      ["d", "e"],
      ["a", "b", "c"],
    ]);
  });

  test("an expectation is stale when that session's focus changed since, or when it is ahead", () => {
    expect(isStale(four, "a", 0)).toBe(true);
    expect(isStale(four, "a", 1)).toBe(false);
    expect(isStale(four, "d", 3)).toBe(true);
    expect(isStale(four, "none", 0)).toBe(false);
    expect(isStale(four, "none", 5)).toBe(true);
    const evicted = focus(four, "e", 9);
    expect(isStale(evicted, "a", 4)).toBe(true);
    expect(isStale(evicted, "b", 4)).toBe(false);
  });

  test("remembers a bounded number of sessions", () => {
    let register = focusIn(undefined);
    for (let n = 0; n < 1_200; n += 1) register = focus(register, `s${n}`, n);
    expect(Object.keys(register.changed).length).toBeLessThan(1_100);
    expect(Object.keys(withoutSession(register, "s1199").changed)).not.toContain("s1199");
  });
});
