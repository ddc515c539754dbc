import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

const outsideGit = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")),
);

export interface Scratch {
  readonly folder: string;
  /** Writes a file, with the folders on the way. */
  write(path: string, text: string): void;
  /** Runs git there; gives what it printed. */
  git(...args: string[]): string;
}

/** An empty folder, removed when the test is over. */
export function scratch(files: Readonly<Record<string, string>> = {}): Scratch {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-workspace-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return scratchAt(folder, files);
}

export function scratchAt(folder: string, files: Readonly<Record<string, string>> = {}): Scratch {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  return {
    folder,
    write,
    git: (...args) =>
      execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], {
        cwd: folder,
        encoding: "utf8",
        // No configuration of whoever runs the test, and no repository of theirs.
        env: { ...outsideGit, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      }),
  };
}

/** The same with a repository on branch `main` and everything in its first commit. */
export function scratchRepository(files: Readonly<Record<string, string>> = { "a.txt": "a\n" }): Scratch {
  const made = scratch(files);
  made.git("init", "--quiet", "--initial-branch=main");
  made.git("add", "--all");
  made.git("commit", "--quiet", "--message=first");
  return made;
}
