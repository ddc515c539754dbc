import { lstat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import { inParallel } from "../in-parallel.ts";
import { createFileIndex, type FileChange } from "./file-index.ts";
import { type FileState, readFileState } from "./file-state.ts";
import type { Ignores } from "./ignores.ts";
import { createRefills } from "./refills.ts";
import { isOutOfWatches, outOfWatches, tooManyFiles } from "./watch-failures.ts";

/** Events that come together are one look at the disk: a save is often several of them. */
const SETTLE_MS = 20;
/** Files read at once. */
const READS = 16;
/** Beyond it, something is watched that nobody meant: a home folder, a cache. */
const MAX_FILES = 100_000;
/** Files with the content of a new one that are looked for, to see whether it is one of them renamed. */
const MAX_SOURCES = 8;

export interface FileWatcherOptions {
  /** Absolute. */
  readonly folder: string;
  /** Asked at the start and whenever a rule file changed. */
  readonly ignores: () => Ignores;
  readonly onChanges: (changes: readonly FileChange[]) => void;
  readonly onError: (error: unknown) => void;
}

export interface FileWatcher {
  readonly size: number;
  /** Relative, POSIX. */
  paths(): Iterable<string>;
  close(): Promise<void>;
}

/**
 * Watches the files of a folder: what was there at the start is known and tells nothing, from then on each change of
 * content is told once. Links are not followed, so nothing outside the folder is ever read.
 * @throws Error when the folder holds more than 100,000 files
 */
export async function createFileWatcher(options: FileWatcherOptions): Promise<FileWatcher> {
  const { folder, onChanges, onError } = options;
  const index = createFileIndex();
  const touched = new Set<string>();
  let ignores = options.ignores();
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isBusy = true;
  let isClosed = false;
  let isExhausted = false;

  /** A system that watches no more folders says so of each: it is told once, with the mend. */
  const fail = (error: unknown): void => {
    if (!isOutOfWatches(error)) onError(error);
    else if (!isExhausted) {
      isExhausted = true;
      onError(outOfWatches(folder));
    }
  };

  const pathOf = (absolute: string): string => relative(folder, absolute).split(sep).join("/");

  const touch = (path: string): void => {
    touched.add(path);
    if (!isBusy) timer ??= setTimeout(() => void settle(), SETTLE_MS);
  };

  const refills = createRefills(index, touch);

  /** Resolves once everything below the folder was met; `seen` has the files. */
  const scan = async (seen: Set<string>): Promise<void> => {
    const scanning = watch(folder, {
      followSymlinks: false,
      ignored: (path, stats) => ignores.matches(pathOf(path), stats?.isDirectory() ?? false),
    });
    watcher = scanning;
    await new Promise<void>((resolve, reject) => {
      const meet = (absolute: string): void => {
        if (seen.add(pathOf(absolute)).size > MAX_FILES) reject(tooManyFiles(folder, MAX_FILES));
      };
      scanning.on("add", meet).on("error", fail);
      scanning.once("ready", () => {
        scanning.off("add", meet);
        resolve();
      });
    });
    for (const event of ["add", "change", "unlink"] as const) {
      scanning.on(event, (absolute: string) => touch(pathOf(absolute)));
    }
  };

  const look = async (paths: Iterable<string>): Promise<Map<string, FileState | undefined>> => {
    const seen = new Map<string, FileState | undefined>();
    await inParallel(paths, READS, async (path) => {
      seen.set(path, await readFileState(join(folder, path)));
    });
    return seen;
  };

  /** A renamed file is met under its new name long before the old one is missed: looks whether that is gone. */
  const missSources = async (seen: Map<string, FileState | undefined>): Promise<void> => {
    const sources = new Set<string>();
    for (const [path, state] of seen) {
      if (state === undefined || state.size === 0 || index.get(path) !== undefined) continue;
      for (const source of index.withHash(state.hash).slice(0, MAX_SOURCES)) sources.add(source);
    }
    await inParallel(sources, READS, async (path) => {
      if (seen.has(path)) return;
      await lstat(join(folder, path)).catch(() => seen.set(path, undefined));
    });
  };

  /** Rules changed: what is watched is found out anew. Files that only came into or out of sight were not saved. */
  const rescan = async (): Promise<void> => {
    ignores = options.ignores();
    await watcher?.close();
    const seen = new Set<string>();
    await scan(seen);
    for (const path of [...index.paths()]) if (!seen.has(path)) index.delete(path);
    const states = await look(seen);
    for (const [path, state] of states) {
      if (index.get(path) !== undefined || state === undefined) continue;
      index.set(path, state);
      states.delete(path);
    }
    tell(states);
  };

  const tell = (seen: ReadonlyMap<string, FileState | undefined>): void => {
    const changes = index.take(seen);
    if (changes.length > 0 && !isClosed) onChanges(changes);
  };

  const settle = async (): Promise<void> => {
    timer = undefined;
    isBusy = true;
    const paths = [...touched];
    touched.clear();
    try {
      const seen = await look(paths);
      await missSources(seen);
      refills.hold(seen);
      dropBeyondMost(seen);
      tell(seen);
      if (paths.some((path) => ignores.isRuleFile(path)) && !isClosed) await rescan();
    } catch (error) {
      if (!isClosed) onError(error);
    } finally {
      isBusy = false;
      if (touched.size > 0 && !isClosed) timer ??= setTimeout(() => void settle(), SETTLE_MS);
    }
  };

  const dropBeyondMost = (seen: Map<string, FileState | undefined>): void => {
    let room = MAX_FILES - index.size;
    for (const [path, state] of seen) {
      if (state === undefined || index.get(path) !== undefined) continue;
      room -= 1;
      if (room >= 0) continue;
      seen.delete(path);
      onError(tooManyFiles(folder, MAX_FILES));
    }
  };

  const close = async (): Promise<void> => {
    isClosed = true;
    clearTimeout(timer);
    refills.dispose();
    await watcher?.close();
  };

  try {
    const seen = new Set<string>();
    await scan(seen);
    for (const [path, state] of await look(seen)) if (state !== undefined) index.set(path, state);
  } catch (error) {
    await close();
    throw error;
  }
  isBusy = false;
  if (touched.size > 0) timer = setTimeout(() => void settle(), SETTLE_MS);
  return {
    get size() {
      return index.size;
    },
    paths: index.paths,
    close,
  };
}
