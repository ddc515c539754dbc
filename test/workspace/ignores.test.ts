import { describe, expect, test } from "vitest";
import { createIgnores } from "../../sdk/agent/workspace/files/ignores.ts";
import { scratch, scratchRepository } from "./scratch.ts";

describe("what is not watched", () => {
  test("is what git leaves out, folder by folder, the innermost rule first", () => {
    const files = {
      ".gitignore": "out/\n*.log\n!keep.log\n/top\n",
      "packages/one/.gitignore": "!*.log\ndata/*.bin\n",
    };
    const { folder, git } = scratchRepository(files);
    const ignores = createIgnores(folder);
    const paths = [
      ...["a.js", "a.log", "keep.log", "top", "packages/top", "out/a.js", "packages/one/out/deep/a.js"],
      ...["packages/one/a.log", "packages/two/a.log", "packages/one/data/a.bin", "data/a.bin"],
      ...["out/keep.log", "packages/out.js"],
    ];
    const judgedByGit = (path: string): boolean => {
      try {
        return git("check-ignore", "--no-index", path).trim() === path;
      } catch {
        return false;
      }
    };
    expect(Object.fromEntries(paths.map((path) => [path, ignores.matches(path, false)]))).toEqual(
      Object.fromEntries(paths.map((path) => [path, judgedByGit(path)])),
    );
  });

  test("is more with .holdfastignore, which wins over .gitignore beside it", () => {
    const { folder } = scratch({ ".gitignore": "*.gen.js\n", ".holdfastignore": "docs/\n!wanted.gen.js\n" });
    const ignores = createIgnores(folder);
    expect(ignores.matches("docs", true)).toBe(true);
    expect(ignores.matches("docs/a.md", false)).toBe(true);
    expect(ignores.matches("a.gen.js", false)).toBe(true);
    expect(ignores.matches("wanted.gen.js", false)).toBe(false);
  });

  test("is always others' modules, git's own files and what editors leave", () => {
    const ignores = createIgnores(scratch().folder, "", "secret.txt\n");
    for (const path of ["node_modules/x/a.js", "a/node_modules/x.js", ".git/HEAD", ".holdfast/data.mdb"]) {
      expect(ignores.matches(path, false), path).toBe(true);
    }
    for (const path of [".a.js.swp", "a.js~", ".#a.js", "4913", "secret.txt"]) {
      expect(ignores.matches(path, false), path).toBe(true);
    }
    for (const path of ["a.js", ".env.example", "src/git.js"]) {
      expect(ignores.matches(path, false), path).toBe(false);
    }
  });

  test("follows the rules of folders above a watched one", () => {
    const { folder } = scratch({ ".gitignore": "app/out/\n*.tmp\n" });
    const ignores = createIgnores(folder, "app/");
    expect(ignores.matches("out", true)).toBe(true);
    expect(ignores.matches("src/x.tmp", false)).toBe(true);
    expect(ignores.matches("src/x.js", false)).toBe(false);
    const output = createIgnores(folder, "app/out/");
    expect(output.matches("a.js", false)).toBe(false);
    expect(output.matches("node_modules/a.js", false)).toBe(true);
    expect(ignores.isRuleFile("src/.gitignore")).toBe(true);
    expect(ignores.isRuleFile("src/x.gitignore")).toBe(false);
  });
});
