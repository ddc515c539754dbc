import { type FSWatcher, watch } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type GitEvent, type GitView, gitEvents } from "./git-event.ts";
import { parseStatus, STATUS_ARGS } from "./git-status.ts";
import { type HeadMove, parseReflog } from "./reflog.ts";
import { type Repository, sizeOf, textOf } from "./repository.ts";
import { runGit } from "./run-git.ts";

/** One command of git changes several of its files. */
const SETTLE_MS = 50;
/** A reflog that grew by more since the last look is read from there: nobody follows a thousand moves at once. */
const MAX_REFLOG_BYTES = 256 * 1024;

export interface GitWatcherOptions {
  readonly repository: Repository;
  readonly onEvents: (events: readonly GitEvent[]) => void;
  readonly onError: (error: unknown) => void;
}

export interface GitWatcher {
  readonly branch: string | undefined;
  close(): Promise<void>;
}

/**
 * Follows a repository: its git folder says when something happened, its reflog how HEAD moved, its status what is
 * staged or in conflict.
 * @throws Error when git cannot look at it
 */
export async function createGitWatcher(options: GitWatcherOptions): Promise<GitWatcher> {
  const { repository, onEvents, onError } = options;
  const { gitFolder, top } = repository;
  const reflog = join(gitFolder, "logs/HEAD");
  const closed = new AbortController();
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;

  const view = async (): Promise<GitView> => {
    const status = parseStatus(await runGit(top, STATUS_ARGS, closed.signal));
    const isMerging = (await textOf(join(gitFolder, "MERGE_HEAD"))) !== "";
    const merging = isMerging ? (await textOf(join(gitFolder, "MERGE_MSG"))).split("\n", 1)[0] : undefined;
    return { status, merging };
  };

  const follow = (folder: string): void => {
    if (watchers.has(folder)) return;
    try {
      const watcher = watch(folder, (_event, name) => {
        // A lock is taken before anything happened.
        if (name?.endsWith(".lock") !== true) touch();
      });
      // Gone, as the logs of a repository may be: looked for again at the next event.
      watcher.on("error", () => {
        watcher.close();
        watchers.delete(folder);
      });
      watchers.set(folder, watcher);
    } catch {
      // Not there yet.
    }
  };
  const followAll = (): void => {
    follow(gitFolder);
    // Written by each move of HEAD, also by one that touches nothing else.
    follow(join(gitFolder, "logs"));
  };

  const touch = (): void => {
    if (!closed.signal.aborted) timer ??= setTimeout(() => void look(), SETTLE_MS);
  };

  const look = async (): Promise<void> => {
    timer = undefined;
    await looking;
    looking = takeLook().catch((error: unknown) => {
      if (!closed.signal.aborted) onError(error);
    });
  };

  const takeLook = async (): Promise<void> => {
    followAll();
    // Before the status: a move that comes meanwhile is in the next look, with what it led to.
    const moves = await readMoves();
    const next = await view();
    const events = gitEvents(known, next, moves);
    known = next;
    if (events.length > 0 && !closed.signal.aborted) onEvents(events);
  };

  const readMoves = async (): Promise<HeadMove[]> => {
    const size = await sizeOf(reflog);
    // Expired or rewritten: what was known of it is no part of it any more.
    const from = Math.max(size < readTo ? size : readTo, size - MAX_REFLOG_BYTES);
    readTo = size;
    if (from === size) return [];
    const file = await open(reflog);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
      return parseReflog(buffer.subarray(0, bytesRead).toString());
    } finally {
      await file.close();
    }
  };

  followAll();
  let readTo = await sizeOf(reflog);
  let known = await view().catch((error: unknown) => {
    for (const watcher of watchers.values()) watcher.close();
    throw error;
  });
  return {
    get branch() {
      return known.status.branch;
    },
    async close() {
      closed.abort();
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
      await looking;
    },
  };
}
