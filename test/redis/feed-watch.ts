import type { Position } from "../../sdk/protocol/index.ts";
import type { Commit, Store } from "../../server/store/store.ts";
import { PATIENCE_MS } from "../support/patience.ts";

/** One project as a listener of a store hears it. */
export interface FeedWatch {
  /** What broke the order: holes, repetitions, numbers out of turn. */
  readonly problems: readonly string[];
  readonly commits: readonly Commit[];
  readonly resets: number;
  /** Where the listener is; `undefined` before the first commit. */
  readonly position: Position | undefined;
  /** Resolves when `isReached`, asked after each commit and now. @throws after `deadlineMs` */
  until(what: string, isReached: () => boolean, deadlineMs?: number): Promise<void>;
  stop(): void;
}

export function watchFeed(store: Store, projectId: string, from?: Position): FeedWatch {
  const problems: string[] = [];
  const commits: Commit[] = [];
  const waiting = new Set<() => void>();
  let position = from;
  let resets = 0;

  const stop = store.onCommit((commit) => {
    if (commit.projectId !== projectId) return;
    commits.push(commit);
    for (const { envelope } of commit.events) {
      const { epoch = "", seq = 0 } = envelope;
      const expected = position === undefined ? seq : position.seq + 1;
      const isInOrder = seq === expected && (position === undefined || epoch === position.epoch);
      if (!isInOrder) problems.push(`${epoch} ${seq} after ${position?.epoch} ${position?.seq}`);
      position = { epoch, seq };
    }
    if (commit.reset !== undefined) {
      resets += 1;
      position = commit.reset;
    }
    for (const look of waiting) look();
  });

  return {
    problems,
    commits,
    get resets() {
      return resets;
    },
    get position() {
      return position;
    },
    until(what, isReached, deadlineMs = PATIENCE_MS) {
      return new Promise((resolve, reject) => {
        const end = (settle: () => void): void => {
          clearTimeout(timer);
          waiting.delete(look);
          settle();
        };
        const look = (): void => {
          if (isReached()) end(resolve);
        };
        const timer = setTimeout(
          () =>
            end(() =>
              reject(new Error(`${what}: not within ${deadlineMs} ms, at ${JSON.stringify(position)}`)),
            ),
          deadlineMs,
        );
        waiting.add(look);
        look();
      });
    },
    stop,
  };
}
