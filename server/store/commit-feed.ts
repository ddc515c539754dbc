import type { Commit } from "./store.ts";

export interface CommitFeed {
  /** Told in the order of `add`. Returns how to stop. */
  subscribe(listener: (commit: Commit) => void): () => void;
  add(commit: Commit): void;
  /** Tells what was added; within a listener it does nothing, as the call under way goes on until all is told. */
  flush(): void;
}

/**
 * Tells commits to listeners, one commit to all before the next one to any, also when a listener commits by itself.
 * What a listener throws goes to `onError` and stops neither the other listeners nor the commit.
 */
export function createCommitFeed(onError: (error: unknown) => void): CommitFeed {
  const listeners = new Set<(commit: Commit) => void>();
  let waiting: Commit[] = [];
  let telling = false;

  function tell(commit: Commit): void {
    for (const listener of listeners) {
      try {
        listener(commit);
      } catch (error) {
        report(error);
      }
    }
  }

  function report(error: unknown): void {
    try {
      onError(error);
    } catch (fault) {
      surfaceError(fault);
    }
  }

  return {
    subscribe(listener) {
      // A wrapper of its own, so that the same function subscribed twice is told twice and stopped one by one.
      const own = (commit: Commit): void => listener(commit);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    add(commit) {
      waiting.push(commit);
    },
    flush() {
      if (telling) return;
      telling = true;
      try {
        while (waiting.length > 0) {
          const batch = waiting;
          waiting = [];
          for (const commit of batch) tell(commit);
        }
      } finally {
        telling = false;
      }
    },
  };
}

/** Surfaces what nobody handles as an unhandled rejection, the default of `onError`: a fault is never swallowed. */
export function surfaceError(error: unknown): void {
  void Promise.reject(error instanceof Error ? error : new Error(String(error), { cause: error }));
}
