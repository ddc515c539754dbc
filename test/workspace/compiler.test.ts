import { mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { startCompiler } from "../../sdk/agent/workspace/compiler/compiler.ts";
import { findCompiler } from "../../sdk/agent/workspace/compiler/find-compiler.ts";
import { type Diagnostic, readCompilerLine } from "../../sdk/agent/workspace/compiler/parse-diagnostics.ts";
import { scratch } from "./scratch.ts";

const installed = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));

describe("tsc --watch", () => {
  test("tells what is wrong after each run, and that nothing is any more", async () => {
    const it = scratch({
      "tsconfig.json": '{"compilerOptions": {"strict": true}, "include": ["*.ts"]}',
      "a.ts": 'export const a: number = "x";\n',
    });
    expect(findCompiler(it.folder)).toBeUndefined();
    mkdirSync(join(it.folder, "node_modules"));
    symlinkSync(installed, join(it.folder, "node_modules/typescript"));
    const runs: (readonly Diagnostic[])[] = [];
    const compiler = startCompiler({
      folder: it.folder,
      program: findCompiler(it.folder) ?? "",
      onRun: (diagnostics) => runs.push(diagnostics),
      onError: (error) => {
        throw error;
      },
    });
    onTestFinished(() => compiler.close());
    await expect.poll(() => runs.length).toBe(1);
    expect(runs[0]).toEqual([
      {
        ...{ file: "a.ts", line: 1, column: 14, severity: "error", code: "TS2322" },
        message: "Type 'string' is not assignable to type 'number'.",
      },
    ]);
    it.write("a.ts", "export const a: number = 1;\n");
    compiler.saved();
    await expect.poll(() => runs.at(-1)).toEqual([]);
  });
});

describe("a line of a compiler", () => {
  test.each([
    [
      "src\\a.tsx(3,4): error TS1: m (n): o",
      { file: "src/a.tsx", line: 3, column: 4, code: "TS1", message: "m (n): o" },
    ],
    ["error TS5083: Cannot read file.", { code: "TS5083", message: "Cannot read file." }],
  ])("%s is a diagnostic", (line, fields) => {
    expect(readCompilerLine(line)).toEqual({
      kind: "diagnostic",
      diagnostic: { severity: "error", ...fields },
    });
  });

  test.each([
    ["01:19:00 PM - Starting compilation in watch mode...", "started"],
    ["[1:19:00 PM] File change detected. Starting incremental compilation...", "started"],
    ["13:19:00 - File change detected. Starting incremental compilation...", "started"],
    ["1:19:07 PM - Found 1 error. Watching for file changes.", "finished"],
    ["Found 12 errors. Watching for file changes.", "finished"],
    ["", "other"],
  ])("%s is told apart", (line, kind) => {
    expect(readCompilerLine(line).kind).toBe(kind);
  });

  test("that is indented goes on with the one before", () => {
    expect(readCompilerLine("  Property 'a' is missing.")).toEqual({
      kind: "more",
      text: "Property 'a' is missing.",
    });
  });
});
