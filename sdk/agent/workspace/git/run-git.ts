import { execFile } from "node:child_process";

/** A repository that takes longer has nothing to tell for now. */
const TIMEOUT_MS = 15_000;
/** The folder says which repository, not who started us (a hook, say); answers are not translated, nothing is asked. */
const OWN = {
  ...{ GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined, GIT_COMMON_DIR: undefined },
  ...{ LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" },
};
const MAX_OUTPUT = 64 * 1024 * 1024;

/**
 * Runs git in a folder, and no program that the repository names, and gives what it printed. It takes no lock, so that looking never stands in the way of who
 * works there, nor changes the index that is looked at.
 * @throws Error when there is no git, or it failed
 */
export function runGit(folder: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      "git",
      ["--no-optional-locks", "-c", "core.fsmonitor=false", ...args],
      {
        cwd: folder,
        timeout: TIMEOUT_MS,
        maxBuffer: MAX_OUTPUT,
        env: { ...process.env, ...OWN },
        ...(signal === undefined ? {} : { signal }),
      },
      (error, stdout) => {
        if (error === null) resolve(stdout);
        // Also what an older type calls an exception is an Error.
        else reject(error as Error);
      },
    );
  });
}
