/*
 * What the package weighs in a page: each row is bundled with all its dependencies, minified and gzipped.
 * Peer dependencies (xterm.js, React) are the page's own and not counted. Rows whose entry is not built are left out.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "vite";
import { root } from "./run.mjs";

const KiB = 1024;
const client = `export { createClient } from "./dist/index.js";`;

/** What an entry adds to a page that has the client already. */
const onTop = (entry, kibibytes) => ({
  name: `+ ${entry}`,
  needs: `${entry}.js`,
  code: `${client} export * from "./dist/${entry}.js";`,
  over: client,
  max: kibibytes * KiB,
});

/**
 * `code` is what a page imports; `over`: the weight on top of this code. `max` keeps a row from growing unseen;
 * `aim` is where it is to go. Nothing of others is left in the first three rows. `by`: who minifies, esbuild unless said;
 * Vite 8 does it itself, and finds names that pack better.
 */
const rows = [
  { name: "createClient", needs: "index.js", code: client, max: 25.9 * KiB, aim: 25 * KiB },
  { name: "createClient, Vite", needs: "index.js", code: client, by: "vite", max: 25 * KiB },
  { name: "holdfast.global.js", needs: "holdfast.global.js", max: 36.5 * KiB, aim: 30 * KiB },
  onTop("terminal", 6),
  onTop("persistence", 5.25),
  onTop("dev", 2),
  onTop("react", 2),
  onTop("inspector", 8),
];

async function gzipped(code, by) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    minify: by !== "vite",
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
    external: ["@xterm/xterm", "react"],
  });
  const { text } = outputFiles[0];
  const page =
    by === "vite"
      ? (await minify("page.js", text, { module: true, compress: { target: "es2022" } })).code
      : text;
  return gzipSync(page, { level: 9 }).length;
}

for (const { name, needs, code, over, by, max, aim } of rows) {
  const file = join(root, "dist", needs);
  if (!existsSync(file)) continue;
  const whole =
    code === undefined ? gzipSync(readFileSync(file), { level: 9 }).length : await gzipped(code, by);
  const bytes = over === undefined ? whole : whole - (await gzipped(over));
  const isOver = bytes > max;
  if (isOver) process.exitCode = 1;
  const kib = (value) => `${(value / KiB).toFixed(1)} KiB`.padStart(9);
  console.log(
    `  ${name.padEnd(20)} ${kib(bytes)} gzip of ${kib(max)}${aim ? `, aim ${kib(aim)}` : ""}${isOver ? "  OVER" : ""}`,
  );
}
