import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/invariants.md", root), "utf8");
const rows = page.split("\n").flatMap((line) => {
  const [, number, proof] = /^\| (\d+) \|.*\| ([^|]+) \|$/.exec(line) ?? [];
  const [, path, name] = /^`(test\/[^`]+)`: "(.+)"$/.exec(proof ?? "") ?? [];
  return number === undefined ? [] : [{ number: Number(number), path, name }];
});

test("invariants are numbered without a hole, and each names a file and a test", () => {
  expect(rows.length).toBeGreaterThan(40);
  expect(rows.map(({ number }) => number)).toEqual(rows.map((_, index) => index + 1));
  for (const { number, path, name } of rows) expect([path, name], `${number}`).not.toContain(undefined);
});

test.each(rows)("invariant $number is proven by a test that exists: $path", ({ path = "", name = "" }) => {
  const source = readFileSync(new URL(path, root), "utf8");
  // Quoted as the title of a test, or of a schedule that once failed; or a template that titles begin with.
  expect(source.includes(`"${name}"`) || source.includes(`\`${name}$`), name).toBe(true);
});
