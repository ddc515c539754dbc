import { createHash } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run, runOrThrow, step } from "./run.mjs";

const lockfile = join(root, "package-lock.json");
const installed = join(root, "node_modules/.package-lock.json");
const stamp = join(root, "node_modules/.holdfast-installed");

/** Runs `npm ci` when node_modules is missing or made from another lockfile. */
export async function ensureInstalled() {
  if (!isInstalled()) await step("npm ci", install);
  const { code, output } = await run("node", ["--version"]);
  const [major = 0, minor = 0] = output.replace("v", "").split(".").map(Number);
  if (code !== 0 || major < 22 || (major === 22 && minor < 12)) {
    throw new Error(
      `Node ${output.trim()} is too old and the project's own Node is not installed: ` +
        "run `npm ci` without --ignore-scripts, or use Node 22.12 or later.",
    );
  }
}

async function install() {
  // Not the Node and npm of the folder that is about to be replaced.
  const PATH = (process.env.PATH ?? "")
    .split(":")
    .filter((folder) => !folder.startsWith(root))
    .join(":");
  const env = { PATH, NODE_ENV: "development" };
  await runOrThrow("npm", ["ci", "--include=dev", "--loglevel=error", "--no-progress"], { env });
  writeFileSync(stamp, lockHash());
}

function isInstalled() {
  const installedAt = modifiedAt(installed);
  if (installedAt === undefined) return false;
  try {
    if (readFileSync(stamp, "utf8") === lockHash()) return true;
  } catch {
    // Installed by hand: the times decide.
  }
  return installedAt >= (modifiedAt(lockfile) ?? 0);
}

function lockHash() {
  return createHash("sha256").update(readFileSync(lockfile)).digest("hex");
}

function modifiedAt(path) {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}
