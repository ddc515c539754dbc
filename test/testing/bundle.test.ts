import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";

/** What a page imports of the built package, and how much it is. */
async function bundle(
  ...entries: string[]
): Promise<{ readonly sources: string[]; readonly gzipBytes: number }> {
  const { metafile, outputFiles } = await build({
    stdin: {
      contents: entries.map((entry, at) => `export * as e${at} from "./dist/${entry}.js";`).join("\n"),
      resolveDir: resolve("."),
    },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    external: ["@xterm/*", "react", "msw"],
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const files = Object.keys(metafile.inputs).filter((path) => path.startsWith("dist/"));
  const sources = await Promise.all(files.map(sourcesOf));
  return {
    sources: [...new Set(sources.flat())],
    gzipBytes: gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length,
  };
}

/** The files of the repository that a built one was made of. */
async function sourcesOf(file: string): Promise<string[]> {
  const map = JSON.parse(await readFile(`${file}.map`, "utf8")) as { sources: string[] };
  return map.sources.map((source) => relative(".", join(dirname(file), source)));
}

test("no production bundle holds anything of holdfast/testing or of the server", async () => {
  const page = await bundle("index", "terminal", "persistence", "dev", "react", "inspector");
  const tests = await bundle("testing");
  const client = await bundle("index");
  const kib = (bytes: number) => `${(bytes / 1_024).toFixed(1)} KiB`;
  console.log(
    `holdfast ${kib(client.gzipBytes)}, holdfast/testing ${kib(tests.gzipBytes)} gzip with what they import`,
  );

  const isForTests = (path: string) => /^(sdk\/testing|server)\//.test(path);
  expect(page.sources.filter(isForTests)).toEqual([]);
  // The same look at the other entry finds both, so it would find them.
  expect(tests.sources).toEqual(
    expect.arrayContaining(["sdk/testing/create-mock-server.ts", "server/core/hub.ts"]),
  );
  expect(page.sources).toContain("sdk/client.ts");
});

test("the built mock imports neither a test runner, nor a terminal emulator, nor Node", async () => {
  const code = await readFile("dist/testing.js", "utf8");
  const { sources } = await bundle("testing");
  const imports = [...code.matchAll(/from\s*"([^".][^"]*)"/g)].map(([, name = ""]) => name);
  expect(imports.filter((name) => /^(node:|vitest|@xterm)/.test(name))).toEqual([]);
  expect(sources.filter((path) => path.includes("sdk/connection/socket"))).toEqual([]);
});
