import type { GitStatus } from "./git-status.ts";
import type { HeadMove } from "./reflog.ts";

/** Data of the channel `git`; `type` is one of these or git's own word for another move of HEAD (`reset`, `rebase`). */
export interface GitEvent {
  readonly type: "branch" | "commit" | "stage" | "merge" | "conflict" | (string & {});
  readonly message: string;
  readonly commit?: string;
  readonly branch?: string;
  /** At most 100. */
  readonly files?: readonly string[];
}

export interface GitView {
  readonly status: GitStatus;
  /** What is being merged, while it is: the first line of `MERGE_MSG`. */
  readonly merging: string | undefined;
}

const MAX_FILES = 100;

/** What happened between two looks at a repository, in the order in which it did as far as that can be told. */
export function gitEvents(before: GitView, now: GitView, moves: readonly HeadMove[]): GitEvent[] {
  const { status } = now;
  const events = moves.flatMap((move) => {
    const event = eventOf(move, status.branch);
    return event === undefined ? [] : [event];
  });
  const isMoved = before.status.commit !== status.commit;
  if (before.status.branch !== status.branch && !events.some(({ type }) => type === "branch")) {
    events.unshift(branchEvent(before.status.branch, status.branch));
  }
  // Without a reflog only where HEAD stands is known.
  if (isMoved && moves.length === 0 && status.commit !== undefined) {
    events.push({ type: "commit", message: status.commit.slice(0, 7), commit: status.commit });
  }
  if (before.merging === undefined && now.merging !== undefined) {
    events.push({ type: "merge", message: now.merging });
  }
  if (status.conflicts.length > 0 && !isSame(before.status.conflicts, status.conflicts)) {
    events.push({
      type: "conflict",
      message: `${count(status.conflicts.length)} in conflict`,
      files: status.conflicts.slice(0, MAX_FILES),
    });
  }
  // A commit takes what was staged with it.
  const wasTaken = isMoved && status.staged.size === 0;
  if (!wasTaken && !isSame([...before.status.staged].flat(), [...status.staged].flat())) {
    events.push({
      type: "stage",
      message: `${count(status.staged.size)} staged`,
      files: [...status.staged.keys()].slice(0, MAX_FILES),
    });
  }
  return events;
}

function eventOf({ from, to, message }: HeadMove, branch: string | undefined): GitEvent | undefined {
  const [, action = "", rest = ""] = /^([^:]*)(?:: (.*))?$/s.exec(message) ?? [];
  const word = action.split(" ", 1)[0] ?? "";
  const at = { commit: to, ...(branch === undefined ? {} : { branch }) };
  if (word === "checkout") {
    const [, left, reached] = /^moving from (\S+) to (\S+)$/.exec(rest) ?? [];
    // Back to where it was: nothing moved.
    return left === reached ? undefined : branchEvent(left, reached);
  }
  if (action === "commit (merge)" || word === "merge" || word === "pull") {
    return { type: "merge", message: word === "commit" ? rest : message, ...at };
  }
  if (word === "commit" || word === "cherry-pick" || word === "revert") {
    return { type: "commit", message: rest, ...at };
  }
  // A reset to where HEAD already is unstages, which the status tells.
  if (word === "" || from === to) return undefined;
  return { type: word, message, ...at };
}

function branchEvent(from: string | undefined, to: string | undefined): GitEvent {
  return {
    type: "branch",
    message: `${from ?? "(detached)"} → ${to ?? "(detached)"}`,
    ...(to === undefined ? {} : { branch: to }),
  };
}

function count(files: number): string {
  return files === 1 ? "1 file" : `${files} files`;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item, at) => item === other[at]);
}
