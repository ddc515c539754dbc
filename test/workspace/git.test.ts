import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type GitEvent, gitEvents } from "../../sdk/agent/workspace/git/git-event.ts";
import { parseStatus } from "../../sdk/agent/workspace/git/git-status.ts";
import { createGitWatcher } from "../../sdk/agent/workspace/git/git-watcher.ts";
import { parseReflog } from "../../sdk/agent/workspace/git/reflog.ts";
import { findRepository } from "../../sdk/agent/workspace/git/repository.ts";
import { type Scratch, scratch, scratchAt, scratchRepository } from "./scratch.ts";

async function watched(at: Scratch) {
  const repository = await findRepository(at.folder);
  if (repository === undefined) throw new Error("no repository");
  const events: GitEvent[] = [];
  const errors: unknown[] = [];
  const watcher = await createGitWatcher({
    repository,
    onEvents: (more) => events.push(...more),
    onError: (error) => errors.push(error),
  });
  onTestFinished(async () => {
    await watcher.close();
    expect(errors).toEqual([]);
  });
  const told = () => events.map(({ type, message }) => `${type}: ${message}`);
  return {
    watcher,
    events,
    told,
    until: (lines: string[]) => expect.poll(() => told()).toEqual(lines),
  };
}

describe("a followed repository", () => {
  test("tells stages, commits and branches in their order", async () => {
    const it = scratchRepository();
    const { until, watcher, events } = await watched(it);
    expect(watcher.branch).toBe("main");
    it.write("a.txt", "aa\n");
    it.git("add", "a.txt");
    await until(["stage: 1 file staged"]);
    it.git("commit", "-qm", "second: with a colon");
    await until(["stage: 1 file staged", "commit: second: with a colon"]);
    it.git("checkout", "-qb", "topic");
    it.git("commit", "-q", "--allow-empty", "-m", "empty");
    await until([
      ...["stage: 1 file staged", "commit: second: with a colon"],
      ...["branch: main → topic", "commit: empty"],
    ]);
    expect(watcher.branch).toBe("topic");
    expect(events.at(-1)?.commit).toBe(it.git("rev-parse", "HEAD").trim());
    it.git("reset", "-q", "--hard", "HEAD~1");
    await expect.poll(() => events.at(-1)?.type).toBe("reset");
  });

  test("tells a merge with its conflict, and one without", async () => {
    const it = scratchRepository();
    it.git("checkout", "-qb", "topic");
    it.write("a.txt", "topic\n");
    it.git("commit", "-qam", "on topic");
    it.git("checkout", "-q", "main");
    it.write("a.txt", "main\n");
    it.git("commit", "-qam", "on main");
    const { until, events } = await watched(it);
    expect(() => it.git("merge", "topic")).toThrow();
    await until(["merge: Merge branch 'topic'", "conflict: 1 file in conflict"]);
    expect(events.at(-1)?.files).toEqual(["a.txt"]);
    it.write("a.txt", "both\n");
    it.git("commit", "-qam", "merged");
    await expect.poll(() => events.at(-1)).toMatchObject({ type: "merge", message: "merged" });
    it.git("checkout", "-q", "topic");
    it.git("merge", "-q", "main");
    await expect.poll(() => events.at(-1)?.message).toBe("merge main: Fast-forward");
    expect(events.at(-1)).toMatchObject({ type: "merge", branch: "topic" });
  });

  test("may be a worktree or a submodule, and tells only its own moves", async () => {
    const it = scratchRepository();
    const other = scratch();
    rmSync(other.folder, { recursive: true });
    it.git("worktree", "add", "-q", "-b", "side", other.folder);
    const library = scratchRepository({ "lib.txt": "l\n" });
    it.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", library.folder, "vendor/lib");
    it.git("commit", "-qm", "with a submodule");

    const whole = await watched(it);
    const side = await watched(scratchAt(other.folder));
    const part = await watched(scratchAt(join(it.folder, "vendor/lib")));
    expect(side.watcher.branch).toBe("side");
    const inSide = scratchAt(other.folder);
    inSide.git("commit", "-q", "--allow-empty", "-m", "beside");
    const inPart = scratchAt(join(it.folder, "vendor/lib"));
    inPart.git("commit", "-q", "--allow-empty", "-m", "within");
    await side.until(["commit: beside"]);
    await part.until(["commit: within"]);
    it.git("commit", "-q", "--allow-empty", "-m", "above");
    await whole.until(["commit: above"]);
    expect(side.told()).toEqual(["commit: beside"]);
  });

  test("may have no commit, and loses nothing when its reflog is taken away", async () => {
    const it = scratch({ "a.txt": "a\n" });
    it.git("init", "-q", "--initial-branch=main");
    const { until, watcher } = await watched(it);
    expect(watcher.branch).toBe("main");
    it.git("add", "a.txt");
    await until(["stage: 1 file staged"]);
    it.git("commit", "-qm", "first");
    await until(["stage: 1 file staged", "commit: first"]);
    rmSync(join(it.folder, ".git/logs"), { recursive: true });
    it.git("-c", "core.logAllRefUpdates=false", "commit", "-q", "--allow-empty", "-m", "unlogged");
    const head = it.git("rev-parse", "HEAD").slice(0, 7);
    await until(["stage: 1 file staged", "commit: first", `commit: ${head}`]);
  });

  test("is the one a folder is in, with the folder's place in it; elsewhere there is none", async () => {
    const it = scratchRepository({ "app/a.txt": "a\n" });
    writeFileSync(join(it.folder, ".git/info/exclude"), "secret\n");
    expect(await findRepository(join(it.folder, "app"))).toEqual({
      top: it.folder,
      gitFolder: join(it.folder, ".git"),
      prefix: "app/",
      excludes: "secret\n",
    });
    expect(await findRepository(scratch().folder)).toBeUndefined();
    expect(await findRepository(join(it.folder, ".git"))).toBeUndefined();
  });
});

describe("what git prints", () => {
  test("is read with blanks and quotes in names", () => {
    const a = "a".repeat(40);
    const output = [
      `# branch.oid ${a}`,
      "# branch.head (detached)",
      `1 A. N... 000000 100644 100644 ${"0".repeat(40)} ${a} a "b" c.txt`,
      `1 .M N... 100644 100644 100644 ${a} ${a} unstaged.txt`,
      `u UU N... 100644 100644 100644 100644 ${a} ${a} ${a} in conflict.txt`,
      "",
    ].join("\0");
    expect(parseStatus(output)).toEqual({
      commit: a,
      branch: undefined,
      staged: new Map([['a "b" c.txt', `A ${a}`]]),
      conflicts: ["in conflict.txt"],
    });
  });

  test("of a reflog gives moves, and of anything else none", () => {
    const [a, b] = ["a".repeat(40), "b".repeat(40)];
    expect(parseReflog(`${a} ${b} Ada L <a@b> 1 +0000\tcommit: x\ny\nhalf a line`)).toEqual([
      { from: a, to: b, message: "commit: x" },
    ]);
  });

  test("of a checkout of the same branch, or a reset to the same commit, is no event", () => {
    const view = { status: parseStatus("# branch.head main\0"), merging: undefined };
    const moves = ["checkout: moving from main to main", "reset: moving to HEAD"];
    const same = moves.map((message) => ({ from: "1", to: "1", message }));
    expect(gitEvents(view, view, same)).toEqual([]);
  });
});
