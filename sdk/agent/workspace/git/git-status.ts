/** What a repository looks like, as far as it is told. */
export interface GitStatus {
  /** Id of the commit that is checked out; `undefined` before the first. */
  readonly commit: string | undefined;
  /** `undefined` while no branch is checked out. */
  readonly branch: string | undefined;
  /** Path → how and with which content it is staged. */
  readonly staged: ReadonlyMap<string, string>;
  readonly conflicts: readonly string[];
}

/** Arguments whose output `parseStatus` reads. What is not staged is the business of the file watcher. */
export const STATUS_ARGS = [
  "status",
  "--porcelain=v2",
  "--branch",
  "-z",
  "--untracked-files=no",
  "--ignore-submodules=all",
  "--no-renames",
] as const;

/** @see https://git-scm.com/docs/git-status, "Porcelain Format Version 2" */
export function parseStatus(output: string): GitStatus {
  const staged = new Map<string, string>();
  const conflicts: string[] = [];
  let commit: string | undefined;
  let branch: string | undefined;
  for (const line of output.split("\0")) {
    const fields = line.split(" ");
    if (line.startsWith("# branch.oid ")) commit = fields[2] === "(initial)" ? undefined : fields[2];
    else if (line.startsWith("# branch.head ")) {
      const head = line.slice("# branch.head ".length);
      branch = head === "(detached)" ? undefined : head;
    } else if (line.startsWith("1 ") && !line.startsWith("1 .")) {
      // 1 XY sub mH mI mW hH hI path: X is how it is staged, hI its staged content.
      staged.set(fields.slice(8).join(" "), `${fields[1]?.charAt(0) ?? ""} ${fields[7] ?? ""}`);
    } else if (line.startsWith("u ")) {
      // u XY sub m1 m2 m3 mW h1 h2 h3 path
      conflicts.push(fields.slice(10).join(" "));
    }
  }
  return { commit, branch, staged, conflicts };
}
