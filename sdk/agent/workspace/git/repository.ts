import { readFile, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { runGit } from "./run-git.ts";

/** The repository that a folder is in: also a worktree or a submodule, whose git folder is elsewhere. */
export interface Repository {
  /** Of the working tree, absolute. */
  readonly top: string;
  /** Where its HEAD, index and reflog are, absolute. */
  readonly gitFolder: string;
  /** The watched folder within `top`, POSIX with a `/` at the end, or nothing. */
  readonly prefix: string;
  /** Rules of `info/exclude`. */
  readonly excludes: string;
}

/** `undefined` where there is no git, no repository or no working tree, or git refuses to look at it. */
export async function findRepository(folder: string): Promise<Repository | undefined> {
  try {
    const asked = ["rev-parse", "--show-toplevel", "--git-dir", "--git-common-dir"];
    const [top, gitFolder, common] = (await runGit(folder, asked)).trimEnd().split("\n");
    if (top === undefined || gitFolder === undefined || common === undefined || top === "") return undefined;
    const below = relative(top, folder).split(sep).join("/");
    return {
      top,
      gitFolder: resolve(folder, gitFolder),
      prefix: below === "" ? "" : `${below}/`,
      excludes: await textOf(join(resolve(folder, common), "info/exclude")),
    };
  } catch {
    return undefined;
  }
}

/** What a file holds; nothing where there is none. */
export function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

/** Bytes in a file; 0 where there is none. */
export function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
