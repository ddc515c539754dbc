import { renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { FileChange } from "../../sdk/agent/workspace/files/file-index.ts";
import { createFileWatcher } from "../../sdk/agent/workspace/files/file-watcher.ts";
import { createIgnores } from "../../sdk/agent/workspace/files/ignores.ts";
import { type Scratch, scratch } from "./scratch.ts";

async function watched(files: Readonly<Record<string, string>>) {
  const made = scratch(files);
  const changes: FileChange[] = [];
  const errors: unknown[] = [];
  const watcher = await createFileWatcher({
    folder: made.folder,
    ignores: () => createIgnores(made.folder),
    onChanges: (more) => changes.push(...more),
    onError: (error) => errors.push(error),
  });
  onTestFinished(async () => {
    await watcher.close();
    expect(errors).toEqual([]);
  });
  const told = (): string[] => changes.map(({ event, path }) => `${event} ${path}`);
  return { ...made, watcher, changes, told };
}

/** A file that is saved last: once it is told, so is all that came before it. */
async function flushed({ write }: Scratch, told: () => string[], name = "last.txt"): Promise<string[]> {
  write(name, name);
  await expect.poll(() => told()).toContain(`add ${name}`);
  return told().filter((line) => !line.endsWith(` ${name}`));
}

describe("a watched folder", () => {
  test("knows what was there, and tells what comes, changes and goes", async () => {
    const it = await watched({ "a.js": "1", "src/b.js": "2" });
    expect([...it.watcher.paths()].sort()).toEqual(["a.js", "src/b.js"]);
    it.write("a.js", "other");
    it.write("new/deep/c.js", "3");
    rmSync(join(it.folder, "src/b.js"));
    await expect
      .poll(() => it.told().sort())
      .toEqual(["add new/deep/c.js", "change a.js", "unlink src/b.js"]);
    expect(it.changes.find(({ path }) => path === "a.js")?.state).toMatchObject({
      size: 5,
      // printf other | sha256sum
      hash: "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa",
    });
  });

  test("tells a burst of saves of one file no more often than it is looked at, the last one included", async () => {
    const it = await watched({ "a.js": "0" });
    for (let n = 1; n <= 200; n += 1) writeFileSync(join(it.folder, "a.js"), `version ${n}`);
    await expect.poll(() => it.changes.at(-1)?.state.size).toBe("version 200".length);
    const told = await flushed(it, it.told);
    expect(told.length).toBeLessThan(20);
    expect(new Set(told)).toEqual(new Set(["change a.js"]));
  });

  test("tells nothing of a touch", async () => {
    const it = await watched({ "a.js": "1" });
    utimesSync(join(it.folder, "a.js"), 1, 1);
    expect(await flushed(it, it.told)).toEqual([]);
  });

  test("sees that a file was renamed, alone or with its folder", async () => {
    const it = await watched({ "a.js": "one", "lib/b.js": "two", "lib/c.js": "three" });
    renameSync(join(it.folder, "a.js"), join(it.folder, "z.js"));
    renameSync(join(it.folder, "lib"), join(it.folder, "core"));
    await expect.poll(() => it.changes).toHaveLength(6);
    const renames = it.changes.flatMap(({ path, renamedFrom }) => (renamedFrom ? [[renamedFrom, path]] : []));
    expect(renames.sort()).toEqual([
      ["a.js", "z.js"],
      ["lib/b.js", "core/b.js"],
      ["lib/c.js", "core/c.js"],
    ]);
    expect(it.changes.filter(({ renamedTo }) => renamedTo !== undefined)).toHaveLength(3);
    expect(await flushed(it, it.told)).toHaveLength(6);
  });

  test("takes an editor's save by rename for a change", async () => {
    const it = await watched({ "a.js": "1" });
    it.write("a.js.tmp", "22");
    renameSync(join(it.folder, "a.js.tmp"), join(it.folder, "a.js"));
    await expect.poll(() => it.told()).toContain("change a.js");
    expect((await flushed(it, it.told)).filter((line) => line.endsWith("a.js"))).toEqual(["change a.js"]);
  });

  test("waits for a file that was emptied to be written again, and tells one that stays empty", async () => {
    const it = await watched({ "a.js": "one", "b.js": "two" });
    it.write("a.js", "");
    it.write("b.js", "");
    await flushed(it, it.told);
    it.write("a.js", "other");
    await expect.poll(() => it.told()).toEqual(expect.arrayContaining(["change a.js", "change b.js"]));
    expect(it.changes.find(({ path }) => path === "b.js")?.state.size).toBe(0);
  });

  test("never looks through a link, or at what is ignored", async () => {
    const outside = scratch({ "secret.txt": "s" });
    const it = await watched({ ".gitignore": "out/\n" });
    symlinkSync(outside.folder, join(it.folder, "link"));
    symlinkSync(join(outside.folder, "secret.txt"), join(it.folder, "file-link"));
    it.write("out/a.js", "1");
    it.write("node_modules/x/index.js", "1");
    outside.write("secret.txt", "changed");
    expect(await flushed(it, it.told)).toEqual([]);
  });

  test("takes a changed rule file to heart: what it hides or shows was not saved, what is hidden is not told", async () => {
    const it = await watched({ ".gitignore": "a/\n", "a/x.js": "1", "b/y.js": "2" });
    expect([...it.watcher.paths()].sort()).toEqual([".gitignore", "b/y.js"]);
    it.write(".gitignore", "b/\n");
    await expect.poll(() => [...it.watcher.paths()].sort()).toEqual([".gitignore", "a/x.js"]);
    it.write("a/x.js", "11");
    it.write("b/y.js", "22");
    await expect.poll(() => it.told()).toEqual(["change .gitignore", "change a/x.js"]);
    expect(await flushed(it, it.told)).toHaveLength(2);
  });
});
