import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { CommandFailed, root, run } from "./run.mjs";

/** The projects of test/vitest.config.ts, one run each: browser and server tests need the machine to themselves. */
export const projects = ["unit", "redis", "cluster", "browser", "e2e"];

/**
 * Runs one vitest project.
 * @returns {Promise<{passed: number, failed: number, skipped: string[], error?: Error}>} counted from vitest's own JSON
 * report; `error` carries its whole output
 */
export async function runProject(project, env) {
  const none = { passed: 0, failed: 0, skipped: [] };
  if (project !== "unit" && !hasTests(join(root, "test", project))) return none;
  const report = join(root, `.build/vitest/${project}.json`);
  rmSync(report, { force: true });
  mkdirSync(dirname(report), { recursive: true });
  const args = ["run", "--config", "test/vitest.config.ts", "--project", project];
  // By itself vitest leaves one processor idle: of two that is half. The other projects start servers of their own.
  if (project === "unit") args.push("--maxWorkers=100%");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const result = await run("vitest", [...args, ...reporters], { env, deadlineMs: 20 * 60_000 });
  writeFileSync(join(root, `.build/vitest/${project}.log`), result.output);
  const counted = existsSync(report) ? count(JSON.parse(readFileSync(report, "utf8"))) : none;
  if (result.code === 0 && counted.failed === 0) return counted;
  // A run can fail with every test green: an unhandled rejection, a crashed worker, a deadline.
  return { ...counted, failed: Math.max(1, counted.failed), error: new CommandFailed("vitest", result) };
}

function count({ testResults }) {
  const counted = { passed: 0, failed: 0, skipped: [] };
  for (const file of testResults) {
    const name = relative(root, file.name);
    for (const test of file.assertionResults) {
      if (test.status === "passed") counted.passed += 1;
      else if (test.status === "failed") counted.failed += 1;
      else counted.skipped.push(`${name} > ${test.fullName}`);
    }
    // A file that could not be loaded has no tests to fail.
    const hasFailedTest = file.assertionResults.some(({ status }) => status === "failed");
    if (file.status === "failed" && !hasFailedTest) counted.failed += 1;
  }
  return counted;
}

function hasTests(folder) {
  return (
    existsSync(folder) && readdirSync(folder, { recursive: true }).some((file) => /\.test\.ts$/.test(file))
  );
}
