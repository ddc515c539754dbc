import { expect, test } from "vitest";
import {
  anyTypes,
  impatientWaits,
  moduleState,
  nonNullAssertions,
  ownClocks,
  silentCasts,
} from "./code-rules.ts";
import type { Parsed } from "./parsed.ts";
import { parsedTree as tree } from "./parsed-tree.ts";

const shipped = (text: string): Parsed[] => tree({ "server/core/a.ts": text });

test.each([
  "const a: any = 1;",
  "const a = 1 as any;",
  "const a: Map<string, any[]> = b;",
  "function f(x: any) {}",
])("%s says any", (text) => {
  expect(anyTypes(shipped(text))).toHaveLength(1);
});

test("the word any in text and names is no type", () => {
  expect(anyTypes(shipped(`// any\nconst any = "any"; export const many = any;`))).toEqual([]);
});

test("non-null assertions are for tests", () => {
  expect(nonNullAssertions(shipped("a!.b; if (!a != !b) c();"))).toEqual([
    "server/core/a.ts:1 asserts non-null",
  ]);
  expect(nonNullAssertions(tree({ "test/a.ts": "a!.b;" }))).toEqual([]);
});

test("a cast without a comment near it is found", () => {
  const far = "// why\n\n\n\n\n";
  expect(silentCasts(shipped(`${far}const a = b as string;`))).toEqual([
    "server/core/a.ts:6 casts without saying why",
  ]);
  expect(silentCasts(shipped(`${far}const a = <string>b;`))).toHaveLength(1);
  expect(silentCasts(shipped(`// why\nconst a = b as string;`))).toEqual([]);
  expect(silentCasts(shipped(`const a = b as string; // why`))).toEqual([]);
  expect(silentCasts(shipped(`const a = [1] as const; import { b as c } from "./b.ts";`))).toEqual([]);
});

test("a wait of a test says how long it may take", () => {
  const waits = "vi.waitFor(f); vi.waitUntil(f, 20_000); vi.waitUntil(f);";
  expect(impatientWaits(tree({ "test/a.ts": waits }))).toHaveLength(2);
});

test.each([
  "let a = 1;",
  "export let a = 1;",
  "var a;",
  "const seen = new Set(); export const f = () => seen.add(1);",
  "const ids = {}; export function f() { ids[1] = 2; }",
])("%s is state of a module", (text) => {
  expect(moduleState(shipped(text))).toHaveLength(1);
});

test.each([
  "const a = 1;",
  "const none = new Map();",
  "const codes = new Set([1]); codes.has(1);",
  "export function f() { let a = 1; return a; }",
  "declare var crypto: string;",
])("%s is no state of a module", (text) => {
  expect(moduleState(shipped(text))).toEqual([]);
});

test.each([
  "Date.now()",
  "new Date()",
  "Math.random()",
  "setTimeout(f, 1)",
  "const now = Date.now",
  "crypto.randomUUID()",
])("%s is no port", (text) => {
  expect(ownClocks(shipped(`export const f = () => { ${text} };`))).toHaveLength(1);
});

test("a clock that was given is one", () => {
  expect(
    ownClocks(
      shipped("clock.now(); new Date(at); schedule.setTimeout(f); const Date2 = { now }; Date2.now();"),
    ),
  ).toEqual([]);
});
