/*
 * `npm run test:environments`: packs the package, installs it from the tarball beside msw from npm, and runs the checks
 * of examples/testing/environments wherever applications test, and then the example app. Prints a table and compares it
 * with the one in docs/testing.md, or with `--write` writes it there.
 */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBuilt } from "../setup/build.mjs";
import { ensurePrograms } from "../setup/programs.mjs";
import { ownPath, root } from "../setup/run.mjs";

const here = join(root, "examples/testing/environments");
const page = join(root, "docs/testing.md");
/** The oldest msw that is supported, and the one this was written with. */
const MSW = ["2.10.0", JSON.parse(readFileSync(join(here, "package.json"), "utf8")).devDependencies.msw];

const vitest = ["node_modules/vitest/vitest.mjs", "run"];
const ENVIRONMENTS = [
  { name: "vitest, node", command: [...vitest, "--environment", "node", "node.test.mjs"] },
  { name: "vitest, jsdom", command: [...vitest, "--environment", "jsdom", "node.test.mjs"] },
  { name: "vitest, happy-dom", command: [...vitest, "--environment", "happy-dom", "node.test.mjs"] },
  { name: "vitest, Chromium", command: [...vitest, "--config", "browser.config.mjs"] },
  { name: "Jest, jsdom", command: ["--experimental-vm-modules", "node_modules/jest/bin/jest.js"] },
];

/** Runs to its end, which has to come by itself: what is left alive after the last test is a failure. */
function run(cwd, command, args, deadlineMs, env = {}) {
  return new Promise((resolve) => {
    const options = {
      cwd,
      timeout: deadlineMs,
      env: { ...process.env, ...env, PATH: ownPath, NO_COLOR: "1" },
    };
    execFile(command, args, { ...options, killSignal: "SIGKILL" }, (error, stdout, stderr) => {
      resolve({ isFine: error === null, isLate: error?.killed === true, output: stdout + stderr });
    });
  });
}

async function install(folder, tarball, msw) {
  const manifest = join(folder, "package.json");
  const fields = JSON.parse(readFileSync(manifest, "utf8"));
  fields.dependencies.holdfast = `file:${tarball}`;
  if (msw !== undefined) fields.devDependencies.msw = msw;
  writeFileSync(manifest, JSON.stringify(fields));
  const { isFine, output } = await run(
    folder,
    "npm",
    ["install", "--ignore-scripts", "--no-audit", "--no-fund"],
    5 * 60_000,
  );
  if (!isFine) throw new Error(`npm install failed in ${folder}:\n${output}`);
}

/** How many tests passed of how many, in the words of vitest or Jest; the output too, where not all did. */
function verdict({ isFine, isLate, output }) {
  const passed = Number(output.match(/Tests:?\s.*?(\d+) passed/)?.[1] ?? 0);
  const all = Number(
    output
      .match(/Tests:?\s.*?(?:\((\d+)\)|(\d+) total)/)
      ?.slice(1)
      .find(Boolean) ?? 0,
  );
  const isAlive = isLate || output.includes("did not exit");
  const text = isAlive ? "left something alive" : `${passed} of ${all}`;
  const holds = isFine && !isAlive && all > 0 && passed === all;
  if (!holds) console.error(output.slice(-4_000));
  return { text, holds };
}

const work = mkdtempSync(join(tmpdir(), "holdfast-environments-"));
let holds = true;
try {
  await ensureBuilt();
  const programs = await ensurePrograms();
  const packed = await run(root, "npm", ["pack", "--ignore-scripts", "--pack-destination", work], 60_000);
  const tarball = join(work, packed.output.match(/^holdfast-.*\.tgz$/m)?.[0] ?? "missing.tgz");
  const cells = new Map(ENVIRONMENTS.map(({ name }) => [name, []]));
  for (const msw of MSW) {
    const folder = join(work, `msw-${msw}`);
    cpSync(here, folder, { recursive: true });
    await install(folder, tarball, msw);
    mkdirSync(join(folder, "public"));
    const worker = "mockServiceWorker.js";
    cpSync(join(folder, "node_modules/msw/lib", worker), join(folder, "public", worker));
    for (const { name, command } of ENVIRONMENTS) {
      const found = verdict(await run(folder, process.execPath, command, 120_000, programs));
      holds &&= found.holds;
      cells.get(name).push(found.text);
      console.log(`msw ${msw.padEnd(8)}${name.padEnd(20)}${found.text}`);
    }
  }
  const app = join(work, "example");
  cpSync(join(root, "examples/testing"), app, {
    recursive: true,
    filter: (path) => !/node_modules|environments/.test(path),
  });
  await install(app, tarball);
  const example = verdict(await run(app, "npm", ["test"], 120_000));
  holds &&= example.holds;
  console.log(`the example app             ${example.text}`);

  const rows = [...cells].map(([name, texts]) => `| ${name} | ${texts.join(" | ")} |`);
  const table = [
    `| | ${MSW.map((msw) => `msw ${msw}`).join(" | ")} |`,
    `|---|${"---|".repeat(MSW.length)}`,
    ...rows,
  ].join("\n");
  const [begin, end] = ["<!-- environments -->", "<!-- /environments -->"];
  const text = readFileSync(page, "utf8");
  const [before, rest = ""] = text.split(begin);
  const [written = "", after = ""] = rest.split(end);
  console.log(`\n${table}\n`);
  if (process.argv.includes("--write")) writeFileSync(page, `${before}${begin}\n${table}\n${end}${after}`);
  else if (written.trim() !== table) {
    console.error("docs/testing.md says something else: `npm run test:environments -- --write` mends it");
    holds = false;
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = holds ? 0 : 1;
