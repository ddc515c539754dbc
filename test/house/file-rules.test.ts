import { expect, test } from "vitest";
import { badNames, medianLines, tooLong } from "./file-rules.ts";

test.each([
  "sdk/Client.ts",
  "sdk/some_name.ts",
  "server/helpers.ts",
  "sdk/types.ts",
  "server/core/socket-manager.ts",
  "test/utils/a.ts",
  "sdk/misc/a.ts",
  "server/http/common.ts",
])("%s is a bad name", (path) => {
  expect(badNames([{ path, text: "" }])).toHaveLength(1);
});

test.each([
  "sdk/util/assert-never.ts",
  "sdk/client.ts",
  "test/focus/state-machine.test.ts",
  "server/core/content-type.ts",
])("%s is a good name", (path) => {
  expect(badNames([{ path, text: "" }])).toEqual([]);
});

test.each([
  ["sdk/a.ts", 300],
  ["server/a.ts", 300],
  ["test/a.test.ts", 450],
])("%s passes with %i lines and not with one more", (path, most) => {
  expect(tooLong([{ path, text: "x\n".repeat(most) }])).toEqual([]);
  expect(tooLong([{ path, text: "x\n".repeat(most + 1) }])).toHaveLength(1);
});

test("the median counts shipped files only", () => {
  const file = (path: string, lines: number) => ({ path, text: "x\n".repeat(lines) });
  expect(
    medianLines([file("sdk/a.ts", 1), file("sdk/b.ts", 7), file("server/c.ts", 9), file("test/d.ts", 99)]),
  ).toBe(7);
});
