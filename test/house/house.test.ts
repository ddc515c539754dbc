import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import {
  anyTypes,
  impatientWaits,
  moduleState,
  nonNullAssertions,
  ownClocks,
  silentCasts,
} from "./code-rules.ts";
import { loadEntryTable } from "./entry-table.ts";
import { badNames, medianLines, tooLong } from "./file-rules.ts";
import { cycles, missingFiles, reach, wrongDirections, wrongPackages } from "./import-rules.ts";
import { parse } from "./parsed.ts";
import { readSourceTree, root } from "./source-tree.ts";

const tree = readSourceTree();
const files = tree.map(parse);
const table = await loadEntryTable();

test("imports point one way", () => {
  expect(wrongDirections(files)).toEqual([]);
});

test("every relative import has a file", () => {
  expect(missingFiles(files)).toEqual([]);
});

test("no file imports itself in a circle, by value or type", () => {
  expect(cycles(files)).toEqual([]);
});

test("each room imports only its own packages", () => {
  expect(wrongPackages(files, table.mayImport)).toEqual([]);
});

test.each(table.entries.filter(({ runs, source }) => runs !== "node" && existsSync(join(root, source))))(
  "$name loads no terminal emulator unasked",
  ({ source }) => {
    expect(reach(files, source, "@xterm/headless")).toBeUndefined();
  },
);

test("files are kebab-case and none is a drawer", () => {
  expect(badNames(tree)).toEqual([]);
});

test("no shipped file is longer than 300 lines and half of them are under 100", () => {
  expect(tooLong(tree)).toEqual([]);
  expect(medianLines(tree)).toBeLessThan(100);
});

test("shipped code says any nowhere, asserts nothing and says why it casts", () => {
  expect(anyTypes(files)).toEqual([]);
  expect(nonNullAssertions(files)).toEqual([]);
  expect(silentCasts(files)).toEqual([]);
});

test("tests wait as long as a busy machine may need", () => {
  expect(impatientWaits(files)).toEqual([]);
});

test("no module has state", () => {
  expect(moduleState(files)).toEqual([]);
});

test("the server's core has no clock, timer or chance of its own", () => {
  expect(ownClocks(files)).toEqual([]);
});

test("every TypeScript file belongs to exactly one project", () => {
  const projects = ["sdk/tsconfig.leaf.json", "sdk/tsconfig.browser.json", "sdk/testing", "sdk/agent"];
  projects.push("server/core", "server/tsconfig.node.json", "server/bin", "test");
  const owners = projects.flatMap(filesOfProject);
  const sources = tree
    .map(({ path }) => path)
    .filter((path) => /^(sdk|server|test|bench)\/.*\.ts$/.test(path));
  const owned = (path: string): number => owners.filter((owner) => owner === path).length;
  // Both the leaves and the core are compiled against it.
  const shared = "sdk/util/common-globals.d.ts";
  expect(sources.filter((path) => path !== shared && owned(path) !== 1)).toEqual([]);
  expect(owned(shared)).toBe(2);
});

test("package.json says what rollup builds", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, unknown>;
  const expected = table.packageFields();
  const actual = Object.fromEntries(Object.keys(expected).map((field) => [field, manifest[field]]));
  expect(actual, "npm run exports mends it").toEqual(expected);
});

function filesOfProject(project: string): string[] {
  const shown = execFileSync(join(root, "node_modules/.bin/tsc"), ["--showConfig", "-p", project], {
    cwd: root,
    encoding: "utf8",
  });
  const { files: listed = [] } = JSON.parse(shown) as { files?: string[] };
  const folder = project.endsWith(".json") ? resolve(root, project, "..") : resolve(root, project);
  return listed.map((file) => relative(root, resolve(folder, file)));
}
