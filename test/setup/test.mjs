/*
 * `npm test`: everything that must hold before a change is taken. One line a step; the last line of all says how many
 * tests passed and how many tests and checks failed. `npm test -- unit knip` runs only the steps named.
 */
import { bundle, typecheck } from "./build.mjs";
import { ensureInstalled } from "./install.mjs";
import { endLeftovers, marker } from "./leftovers.mjs";
import { ensurePrograms } from "./programs.mjs";
import { runOrThrow, step } from "./run.mjs";
import { projects, runProject } from "./vitest.mjs";

const only = process.argv.slice(2);
const startedAt = Date.now();
const [markerName, markerValue] = marker.split("=");
const env = { [markerName]: markerValue };
const failures = [];
const skipped = [];
let passed = 0;
let failed = 0;

/** Runs a step unless others were asked for or one it needs failed; goes on after a failure. */
async function check(name, action, { needs = [] } = {}) {
  if (only.length > 0 && !only.includes(name)) return;
  const lacking = needs.find((need) => failures.some((failure) => failure.name === need));
  if (lacking !== undefined) {
    console.log(`${name.padEnd(18)}          not run: ${lacking} failed`);
    failed += 1;
    return;
  }
  try {
    await step(name, action);
  } catch (error) {
    failures.push({ name, error });
    if (!error.counted) failed += 1;
  }
}

async function test(project) {
  const result = await runProject(project, env);
  passed += result.passed;
  failed += result.failed;
  skipped.push(...result.skipped);
  if (result.error !== undefined) throw Object.assign(result.error, { counted: true });
  return `${result.passed} passed`;
}

const command =
  (name, ...args) =>
  () =>
    runOrThrow(name, args).then(() => undefined);

try {
  await ensureInstalled();
  Object.assign(env, await ensurePrograms());
  await check("biome", command("biome", "check", "--error-on-warnings", "."));
  await check("types", () => typecheck().then(() => undefined));
  await check("oxlint", command("oxlint", "--type-aware", "--deny-warnings"));
  await check("knip", command("knip"));
  await check("build", bundle, { needs: ["types"] });
  const built = { needs: ["types", "build"] };
  await check(
    "size",
    () => runOrThrow("node", ["test/setup/size.mjs"]).then((table) => `\n${table.trimEnd()}`),
    built,
  );
  await check("publint", command("publint", "--strict"), built);
  await check(
    "attw",
    command("attw", "--pack", ".", "--profile", "esm-only", "--exclude-entrypoints", "./global"),
    built,
  );
  for (const project of projects) await check(project, () => test(project), built);
  const left = endLeftovers();
  if (left.length > 0)
    failures.push({ name: "processes", error: new Error(`left running:\n${left.join("\n")}`) });
  failed += left.length;
} catch (error) {
  failures.push({ name: "set-up", error });
  failed += 1;
}

for (const { name, error } of failures) console.log(`\n--- ${name}\n${error.message}`);
if (skipped.length > 0) console.log(`\nskipped:\n${skipped.map((name) => `  ${name}`).join("\n")}`);
console.log(`\n${((Date.now() - startedAt) / 1000).toFixed(0)} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
