import { expect, test } from "vitest";
import { loadEntryTable } from "./entry-table.ts";
import { cycles, missingFiles, reach, wrongDirections, wrongPackages } from "./import-rules.ts";
import { parsedTree as tree } from "./parsed-tree.ts";

const { mayImport } = await loadEntryTable();

/** What a file may not import, out of a list of paths. */
function refused(path: string, ...specifiers: string[]): string[] {
  const text = specifiers.map((specifier) => `export type * from "${specifier}";`).join("\n");
  const lines = wrongDirections(tree({ [path]: text })).map((message) =>
    Number(/:(\d+) /.exec(message)?.[1]),
  );
  return lines.map((line) => specifiers[line - 1] ?? "");
}

test("protocol, util and emulator import nothing of ours", () => {
  for (const leaf of ["protocol", "util", "emulator"]) {
    const ours = [
      "../errors.ts",
      "../util/a.ts",
      "../protocol/a.ts",
      "../emulator/a.ts",
      "../../server/core/a.ts",
    ];
    expect(refused(`sdk/${leaf}/x.ts`, "./y.ts", ...ours)).toEqual(
      ours.filter((specifier) => !specifier.includes(`/${leaf}/`)),
    );
  }
});

test("a part imports the leaves, errors and the link, never another part or the client", () => {
  const allowed = ["../protocol/a.ts", "../util/a.ts", "../errors.ts", "../connection/link.ts"];
  const others = [
    "../sync/a.ts",
    "../store/a.ts",
    "../connection/machine.ts",
    "../client.ts",
    "../index.ts",
    "../emulator/a.ts",
  ];
  const outside = [
    "../../server/core/a.ts",
    "../../test/a.ts",
    "../../demo/a.js",
    "../testing/a.ts",
    "../agent/a.ts",
  ];
  expect(refused("sdk/focus/x.ts", ...allowed, ...others, ...outside)).toEqual([...others, ...outside]);
});

test("sync and mutations also import the store", () => {
  expect(refused("sdk/sync/x.ts", "../store/a.ts", "../mutations/a.ts")).toEqual(["../mutations/a.ts"]);
  expect(refused("sdk/mutations/x.ts", "../store/a.ts", "../sync/a.ts")).toEqual(["../sync/a.ts"]);
});

test("the client imports every part but the Node ones and the mock", () => {
  const parts = ["./sync/a.ts", "./connection/machine.ts", "./terminal/a.ts"];
  const apart = ["./agent/a.ts", "./testing/a.ts", "../server/core/a.ts"];
  expect(refused("sdk/client.ts", ...parts, ...apart)).toEqual(apart);
});

test("the core imports leaves and the store's interface, never an edge", () => {
  const allowed = [
    "../../sdk/protocol/a.ts",
    "../../sdk/util/a.ts",
    "../../sdk/emulator/a.ts",
    "../store/store.ts",
  ];
  const edges = [
    "../gateway/a.ts",
    "../http/a.ts",
    "../store/memory.ts",
    "../store/lmdb.ts",
    "../index.ts",
    "../bin/a.ts",
  ];
  const sdk = ["../../sdk/client.ts", "../../sdk/errors.ts", "../../sdk/sync/a.ts"];
  expect(refused("server/core/x.ts", ...allowed, ...edges, ...sdk)).toEqual([...edges, ...sdk]);
});

test("an edge imports the core, never a store, a command or the client", () => {
  const wrong = ["../store/lmdb.ts", "../bin/a.ts", "../index.ts", "../../sdk/client.ts"];
  expect(refused("server/gateway/x.ts", "../core/a.ts", "../auth/a.ts", ...wrong)).toEqual(wrong);
});

test("the mock imports the core and the memory store, never an edge or the client", () => {
  const wrong = [
    "../../server/gateway/a.ts",
    "../../server/store/lmdb/a.ts",
    "../../server/index.ts",
    "../client.ts",
  ];
  expect(
    refused("sdk/testing/x.ts", "../../server/core/a.ts", "../../server/store/memory.ts", ...wrong),
  ).toEqual(wrong);
});

test("demo and examples import nothing by path", () => {
  expect(refused("demo/x.ts", "./y.js", "../sdk/client.ts")).toEqual(["../sdk/client.ts"]);
  expect(refused("examples/a/x.ts", "../b.ts", "../../dist/index.js")).toEqual(["../../dist/index.js"]);
});

test("a file without a room is told", () => {
  expect(wrongDirections(tree({ "server/drawer/x.ts": "" }))).toEqual([
    "server/drawer/x.ts belongs to no room",
  ]);
});

test.each([
  `import { a } from "../client.ts";`,
  `import type { a } from "../client.ts";`,
  `import "../client.ts";`,
  `export { a } from "../client.ts";`,
  `export * from "../client.ts";`,
  `export const a = await import("../client.ts");`,
  `export type A = import("../client.ts").A;`,
])("%s is an import", (text) => {
  expect(wrongDirections(tree({ "sdk/focus/x.ts": text }))).toHaveLength(1);
});

test("a circle is found by value, by type and through itself", () => {
  expect(
    cycles(
      tree({
        "sdk/util/a.ts": `import { b } from "./b.ts";`,
        "sdk/util/b.ts": `import type { c } from "./c.ts";`,
        "sdk/util/c.ts": `export * from "./a.ts"; import "./d.ts";`,
        "sdk/util/d.ts": "",
        "sdk/util/e.ts": `import "./e.ts";`,
      }),
    ),
  ).toEqual([
    "sdk/util/a.ts -> sdk/util/b.ts -> sdk/util/c.ts -> sdk/util/a.ts",
    "sdk/util/e.ts -> sdk/util/e.ts",
  ]);
});

test("a package outside its room is found, types too", () => {
  const found = wrongPackages(
    tree({
      "sdk/sync/a.ts": `import type { Socket } from "socket.io-client"; import "node:fs";`,
      "sdk/terminal/a.ts": `import { Terminal } from "@xterm/xterm";`,
      "server/core/a.ts": `import "socket.io"; import "node:http";`,
      "server/gateway/a.ts": `import "socket.io"; import "node:http"; import "left-pad";`,
      "test/a.ts": `import "left-pad";`,
    }),
    mayImport,
  );
  expect(found).toEqual([
    "sdk/sync/a.ts:1 imports socket.io-client",
    "sdk/sync/a.ts:1 imports node:fs",
    "server/core/a.ts:1 imports socket.io",
    "server/core/a.ts:1 imports node:http",
    "server/gateway/a.ts:1 imports left-pad",
  ]);
});

test("an import without a file is found", () => {
  expect(missingFiles(tree({ "sdk/a.ts": `import "./b.ts";` }))).toEqual([
    "sdk/a.ts:1 imports sdk/b.ts, which is not there",
  ]);
});

test("a package is reached at once, not by type or when asked for", () => {
  const files = tree({
    "sdk/a.ts": `import "./b.ts"; import type { T } from "./c.ts"; export const c = () => import("./c.ts");`,
    "sdk/b.ts": `import "./d.ts";`,
    "sdk/c.ts": `import "heavy";`,
    "sdk/d.ts": `import { x } from "heavy/sub"; import "./a.ts";`,
  });
  expect(reach(files, "sdk/a.ts", "heavy")).toEqual(["sdk/a.ts", "sdk/b.ts", "sdk/d.ts", "heavy/sub"]);
  expect(
    reach(
      files.filter(({ path }) => path !== "sdk/d.ts"),
      "sdk/a.ts",
      "heavy",
    ),
  ).toBeUndefined();
});
