import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureInstalled } from "./install.mjs";
import { root, runOrThrow, step } from "./run.mjs";

const stamp = join(root, ".build/built-from");
const sources = [
  "sdk",
  "server",
  "demo",
  "rollup.config.mjs",
  "tsconfig.json",
  "package.json",
  "package-lock.json",
];

/** Builds `dist` when a source differs from the ones it was built from. */
export async function ensureBuilt() {
  const isBuilt = existsSync(join(root, "dist")) && existsSync(stamp);
  if (isBuilt && readFileSync(stamp, "utf8") === sourceHash()) return;
  await step("tsc -b", () => typecheck("sdk", "server").then(() => undefined));
  await step("rollup", bundle);
}

export function typecheck(...projects) {
  return runOrThrow("tsc", ["-b", ...projects]);
}

/** Needs the .d.ts files of a finished `tsc -b`. */
export async function bundle() {
  const hash = sourceHash();
  rmSync(stamp, { force: true });
  await runOrThrow("rollup", ["-c", "--silent"]);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

function sourceHash() {
  const hash = createHash("sha256");
  for (const source of sources) {
    for (const file of filesOf(join(root, source)).sort()) {
      hash.update(file.slice(root.length)).update("\0").update(readFileSync(file)).update("\0");
    }
  }
  return hash.digest("hex");
}

function filesOf(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path).flatMap((name) => filesOf(join(path, name)));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await ensureInstalled();
    await step("tsc -b", () => typecheck("sdk", "server").then(() => undefined));
    await step("rollup", bundle);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
