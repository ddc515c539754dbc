import { describe, expect, test } from "vitest";
import { createFileIndex } from "../../sdk/agent/workspace/files/file-index.ts";
import type { FileState } from "../../sdk/agent/workspace/files/file-state.ts";

const state = (hash: string, size = 1, mtime = 1): FileState => ({ hash, size, mtime });

function known(files: Readonly<Record<string, FileState>>) {
  const index = createFileIndex();
  for (const [path, one] of Object.entries(files)) index.set(path, one);
  return index;
}

describe("a look at some files", () => {
  test("tells what came, what changed and what went", () => {
    const index = known({ b: state("1"), c: state("2") });
    const changes = index.take(
      new Map([
        ["a", state("3")],
        ["b", state("4")],
        ["c", undefined],
      ]),
    );
    expect(changes).toEqual([
      { path: "a", event: "add", state: state("3") },
      { path: "b", event: "change", state: state("4") },
      { path: "c", event: "unlink", state: state("2") },
    ]);
    expect([...index.paths()].sort()).toEqual(["a", "b"]);
  });

  test("tells nothing of content that stayed the same, whatever its times say", () => {
    const index = known({ a: state("1", 1, 1) });
    expect(index.take(new Map([["a", state("1", 1, 2)]]))).toEqual([]);
    expect(index.take(new Map([["never-was", undefined]]))).toEqual([]);
  });

  test("knows a file by its content when it comes under another name", () => {
    const index = known({ old: state("1") });
    const changes = index.take(
      new Map([
        ["new", state("1")],
        ["old", undefined],
      ]),
    );
    expect(changes).toEqual([
      { path: "new", event: "add", state: state("1"), renamedFrom: "old" },
      { path: "old", event: "unlink", state: state("1"), renamedTo: "new" },
    ]);
    expect(index.withHash("1")).toEqual(["new"]);
  });

  test("takes one source for one rename, and none for empty files or copies", () => {
    const index = known({ a: state("1"), empty: state("0", 0) });
    const changes = index.take(
      new Map([
        ["x", state("1")],
        ["y", state("1")],
        ["a", undefined],
        ["other", state("0", 0)],
        ["empty", undefined],
      ]),
    );
    expect(changes.filter(({ renamedFrom }) => renamedFrom !== undefined).map(({ path }) => path)).toEqual([
      "x",
    ]);
    const copy = known({ a: state("1") });
    expect(copy.take(new Map([["copy", state("1")]]))).toEqual([
      { path: "copy", event: "add", state: state("1") },
    ]);
  });
});
