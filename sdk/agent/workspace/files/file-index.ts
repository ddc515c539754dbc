import type { FileState } from "./file-state.ts";

export interface FileChange {
  /** Relative, POSIX. */
  readonly path: string;
  readonly event: "add" | "change" | "unlink";
  /** Of an `unlink`: as it was last known. */
  readonly state: FileState;
  /** The file came by a rename from there. */
  readonly renamedFrom?: string;
  /** The file went by a rename to there. */
  readonly renamedTo?: string;
}

/** What is known of the files of a workspace, and what a new look at some of them changes. No disk, no time. */
export interface FileIndex {
  readonly size: number;
  get(path: string): FileState | undefined;
  paths(): Iterable<string>;
  /** Files known with this content. */
  withHash(hash: string): readonly string[];
  set(path: string, state: FileState): void;
  delete(path: string): void;
  /**
   * Takes what was seen in, `undefined` for a file that is gone. A file that came with the content of one that went in
   * the same look was renamed; content that stayed the same is no change, whatever its times say.
   */
  take(seen: ReadonlyMap<string, FileState | undefined>): FileChange[];
}

export function createFileIndex(): FileIndex {
  const states = new Map<string, FileState>();
  const byHash = new Map<string, Set<string>>();

  const remove = (path: string): void => {
    const state = states.get(path);
    if (state === undefined) return;
    states.delete(path);
    const same = byHash.get(state.hash);
    same?.delete(path);
    if (same?.size === 0) byHash.delete(state.hash);
  };

  const set = (path: string, state: FileState): void => {
    remove(path);
    states.set(path, state);
    const same = byHash.get(state.hash);
    if (same === undefined) byHash.set(state.hash, new Set([path]));
    else same.add(path);
  };

  return {
    get size() {
      return states.size;
    },
    get: (path) => states.get(path),
    paths: () => states.keys(),
    withHash: (hash) => [...(byHash.get(hash) ?? [])],
    set,
    delete: remove,
    take(seen) {
      const changes: FileChange[] = [];
      const gone = new Map<string, FileState>();
      for (const [path, now] of seen) {
        const before = states.get(path);
        if (before !== undefined && now === undefined) gone.set(path, before);
      }
      const renames = new Map<string, string>();
      for (const [path, state] of seen) {
        if (state === undefined) continue;
        const before = states.get(path);
        set(path, state);
        if (before !== undefined) {
          if (before.hash !== state.hash) changes.push({ path, event: "change", state });
          continue;
        }
        // Empty files are all alike.
        const from = state.size === 0 ? undefined : sameContent(gone, state.hash, renames);
        if (from !== undefined) renames.set(from, path);
        changes.push({ path, event: "add", state, ...(from === undefined ? {} : { renamedFrom: from }) });
      }
      for (const [path, state] of gone) {
        remove(path);
        const to = renames.get(path);
        changes.push({ path, event: "unlink", state, ...(to === undefined ? {} : { renamedTo: to }) });
      }
      return changes;
    },
  };
}

function sameContent(
  gone: ReadonlyMap<string, FileState>,
  hash: string,
  taken: ReadonlyMap<string, string>,
): string | undefined {
  for (const [path, state] of gone) if (state.hash === hash && !taken.has(path)) return path;
  return undefined;
}
