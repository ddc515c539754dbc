import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createMockServer } from "../../sdk/testing/index.ts";
import { PATIENCE_MS } from "../support/patience.ts";

const page = await readFile("docs/testing.md", "utf8");

/** The complete files of a page, by the path their first line names. */
const files = new Map(
  [...page.matchAll(/^```tsx?\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)].map(([, path = "", code = ""]) => [
    path,
    code,
  ]),
);

test("the page shows the files of the example app, each as it is", async () => {
  const shown = Object.fromEntries(files);
  const app = "examples/testing";
  const paths = (
    await Promise.all(
      ["src", "test"].map(async (folder) =>
        (await readdir(join(app, folder))).map((name) => `${folder}/${name}`),
      ),
    )
  ).flat();
  const actual = await Promise.all(
    paths.map(async (path) => [path, await readFile(join(app, path), "utf8")] as const),
  );
  expect(shown).toEqual(Object.fromEntries(actual));
  expect(paths.filter((path) => path.includes(".test."))).toHaveLength(5);
});

/** What the examples leave to the defaults of their tools waits as long as our own tests. */
const CONFIG = `export default { test: {
  testTimeout: ${4 * PATIENCE_MS}, expect: { poll: { timeout: ${PATIENCE_MS} } }, setupFiles: ["./patience.mjs"],
} };`;
const PATIENCE = `import { configure } from "@testing-library/dom";
configure({ asyncUtilTimeout: ${PATIENCE_MS} });`;

/** Runs a script of a package with this Node. @throws Error with what it printed */
async function run(script: string, ...args: string[]): Promise<void> {
  const env = { ...process.env, VITEST: undefined };
  await promisify(execFile)(process.execPath, [script, ...args], { timeout: 4 * PATIENCE_MS, env }).catch(
    ({ stdout = "", stderr = "" }: { stdout?: string; stderr?: string }) => {
      throw new Error(stdout + stderr);
    },
  );
}

test("the page's examples run as they stand on the built package", async () => {
  const folder = resolve(".build/docs/testing");
  await rm(folder, { recursive: true, force: true });
  for (const [path, code] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), code);
  }
  await cp("examples/testing/tsconfig.json", join(folder, "tsconfig.json"));
  await writeFile(join(folder, "vitest.config.mjs"), CONFIG);
  await writeFile(join(folder, "patience.mjs"), PATIENCE);
  const output = join(folder, "report.json");
  const vitest = join("node_modules", "vitest", "vitest.mjs");
  await run(vitest, "run", "--root", folder, "--reporter", "json", "--outputFile", output);
  await run(join("node_modules", "typescript", "bin", "tsc"), "-p", folder);
  const report = JSON.parse(await readFile(output, "utf8")) as {
    numTotalTests: number;
    numPassedTests: number;
  };
  expect(report).toMatchObject({ numTotalTests: 5, numPassedTests: 5 });
});

test("each fault of a mock stands in the page with a test that there is", async () => {
  const rows = [...page.matchAll(/^\| `([^`]+)` \| [^|]+ \| ([^|]+) \|$/gm)];
  const sources = await Promise.all(
    ["faults", "second-user"].map((name) => readFile(`test/testing/${name}.test.ts`, "utf8")),
  );
  const names = sources.flatMap((source) =>
    [...source.matchAll(/^\s*"?(?:test\()?"([^"]+)",/gm)].map(([, name]) => name),
  );
  expect(rows.map(([, , name]) => name).filter((name) => !names.includes(name))).toEqual([]);
  const named = new Set(rows.map(([, fault = ""]) => fault.replace(/\(.*/, "")));
  expect([...named]).toEqual(expect.arrayContaining(Object.keys(createMockServer().faults)));
  expect([...named]).toContain("terminal");
});
