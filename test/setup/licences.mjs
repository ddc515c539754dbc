/*
 * The licences of everything the package brings along, from the lockfile. `node test/setup/licences.mjs --write` makes
 * THIRD-PARTY.md anew; a test compares.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

const page = join(root, "THIRD-PARTY.md");

/** Old packages name their licence in a list, which the lockfile leaves out. */
function olderLicence(path) {
  const { licenses = [] } = JSON.parse(readFileSync(join(root, path, "package.json"), "utf8"));
  return licenses.map(({ type }) => type).join(" OR ") || "none stated";
}

/** Rows of name, version and licence, sorted; what is only for one platform is optional and still listed. */
function rows() {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const found = new Map();
  for (const [path, { version, license, dev, devOptional, peer }] of Object.entries(packages)) {
    if (path === "" || dev || devOptional || peer) continue;
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    found.set(`${name}@${version}`, `| ${name} | ${version} | ${license ?? olderLicence(path)} |`);
  }
  return [...found.keys()].sort().map((key) => found.get(key));
}

export function licencesPage() {
  return [
    "# Third-party licences",
    "",
    "What `npm install holdfast` brings along. Peer dependencies (xterm.js, React, msw, Vite) are your own.",
    "`npm run licences` makes this page.",
    "",
    "| package | version | licence |",
    "|---|---|---|",
    ...rows(),
    "",
  ].join("\n");
}

if (process.argv.includes("--write")) writeFileSync(page, licencesPage());
