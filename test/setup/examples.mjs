/*
 * `npm run test:examples`: packs the package as it would be published, installs it into a copy of each example, and runs
 * the example's own test. Names after `--` choose some.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBuilt } from "./build.mjs";
import { root, runOrThrow, step } from "./run.mjs";

const folder = join(root, "examples");
const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, "package.json")));
const wanted = process.argv.slice(2);
const place = mkdtempSync(join(tmpdir(), "holdfast-examples-"));

try {
  await ensureBuilt();
  await runOrThrow("npm", ["pack", "--silent", "--pack-destination", place]);
  const [tarball] = readdirSync(place);
  for (const name of wanted.length === 0 ? names : wanted) {
    await step(name, async () => {
      const copy = join(place, name);
      cpSync(join(folder, name), copy, {
        recursive: true,
        filter: (path) => !/node_modules|\/dist$|\/data$/.test(path),
      });
      const quiet = ["--silent", "--no-audit", "--no-fund", "--prefix", copy];
      await runOrThrow("npm", ["install", ...quiet, join(place, tarball)], { cwd: copy });
      await runOrThrow("npm", ["test", "--silent"], { cwd: copy });
    });
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(place, { recursive: true, force: true });
}
