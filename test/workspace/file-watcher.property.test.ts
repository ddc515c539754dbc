import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createFileWatcher } from "../../sdk/agent/workspace/files/file-watcher.ts";
import { createIgnores } from "../../sdk/agent/workspace/files/ignores.ts";
import { elapse } from "../support/elapse.ts";
import { type Scratch, scratch } from "./scratch.ts";

const SEED = Number(process.env["SEED"]);
const NAMES = ["a.js", "b.js", "x/a.js", "x/b.js", "x/y/a.js", "z/a.js"];
const FOLDERS = ["x", "x/y", "z", "w"];

const name = fc.constantFrom(...NAMES);
const folder = fc.constantFrom(...FOLDERS);
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant("write" as const),
      at: name,
      text: fc.stringMatching(/^[ab]{0,3}$/),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("remove" as const), at: fc.oneof(name, folder) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("rename" as const), at: name, to: name }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("rename" as const), at: folder, to: folder }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("turn" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Does it; what cannot be done (nothing is there, something else is in the way) is left. */
async function take(it: Scratch, done: Step): Promise<void> {
  // The watcher gets a look in between, or does not.
  if (done.what === "turn") return elapse(15);
  try {
    const at = join(it.folder, done.at);
    if (done.what === "write") it.write(done.at, done.text);
    else if (done.what === "remove") rmSync(at, { recursive: true, force: true });
    else {
      mkdirSync(join(it.folder, done.to, ".."), { recursive: true });
      renameSync(at, join(it.folder, done.to));
    }
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toMatch(/^E/);
  }
}

/** Every file below a folder with the hash of its content. */
function picture(root: string, below = ""): Map<string, string> {
  const seen = new Map<string, string>();
  for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) for (const [at, hash] of picture(root, path)) seen.set(at, hash);
    else
      seen.set(
        path,
        createHash("sha256")
          .update(readFileSync(join(root, path)))
          .digest("hex"),
      );
  }
  return seen;
}

const sorted = (map: ReadonlyMap<string, string>): [string, string][] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));

test(`whatever is done to a folder, what was told makes what is there (seed ${SEED})`, async () => {
  const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
    const it = scratch({ "a.js": "a", "x/a.js": "b", "x/b.js": "ab" });
    const told = picture(it.folder);
    const errors: unknown[] = [];
    const watcher = await createFileWatcher({
      folder: it.folder,
      ignores: () => createIgnores(it.folder),
      onError: (error) => errors.push(error),
      onChanges(changes) {
        for (const { path, event, state } of changes) {
          // What is there is not added, what is not is neither changed nor removed.
          if (told.has(path) === (event === "add")) errors.push(`${event} ${path}`);
          if (event === "unlink") told.delete(path);
          else told.set(path, state.hash);
        }
      },
    });
    try {
      for (const done of steps) await take(it, done);
      const there = sorted(picture(it.folder));
      await expect.poll(() => sorted(told)).toEqual(there);
      expect([...watcher.paths()].sort()).toEqual(there.map(([path]) => path));
      expect(errors).toEqual([]);
    } finally {
      await watcher.close();
    }
  });
  await fc.assert(property, { seed: SEED, numRuns: Number(process.env["RUNS"] ?? 8) });
});
