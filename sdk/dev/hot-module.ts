import type { DevError, DevSave } from "../protocol/index.ts";
import { createCell, type Source } from "../util/source.ts";
import { errorReport } from "./error-report.ts";

/** A version of a module, at the moment it takes over. */
export interface HotUpdate<Module> {
  readonly module: Module;
  /** The version that runs; it is cleaned up once the callback is done. Absent at the first load. */
  readonly previous: Module | undefined;
  /** Of the content, as the save that brought it said; absent for the first load. */
  readonly hash: string | undefined;
  /** Cleans up after this version: run when the next one has taken over, or when it fails to take over itself. */
  dispose(cleanup: () => void): void;
}

/** Takes a version over. What it throws keeps the previous one running. */
export type Accept<Module> = (update: HotUpdate<Module>) => void | Promise<void>;

export interface HotState<Module> {
  /** The version that runs. */
  readonly module: Module | undefined;
  readonly hash: string | undefined;
  readonly isLoading: boolean;
  /** Why a newer version does not run. */
  readonly error: unknown;
}

/** A module of the watched folder that is loaded again whenever it is saved. */
export interface HotModule<Module> extends Source<HotState<Module>> {
  /** Loads it again now. */
  reload(): void;
  /** Cleans up the version that runs and loads no other. */
  dispose(): void;
}

export interface HotModuleOptions<Module> {
  /** Relative to the watched folder, POSIX. */
  readonly path: string;
  /** Further files, and folders written with a `/` at the end, whose saves load the module again: what it imports. */
  readonly also: readonly string[];
  /** URL of the watched folder, with a `/` at the end. */
  readonly base: string;
  readonly accept: Accept<Module>;
  load(url: string): Promise<unknown>;
  createId(): string;
  onFailure(report: DevError): void;
  onError(error: unknown): void;
}

interface Version<Module> {
  readonly module: Module;
  readonly cleanups: (() => void)[];
}

/**
 * Loads versions one at a time; a save that comes meanwhile makes the one under way stale, and it is never shown.
 * Each load has a URL of its own, `base@ID/path`: relative imports resolve beneath the same ID, so that what the
 * module imports is as new as itself.
 */
export function createHotModule<Module>(
  options: HotModuleOptions<Module>,
): HotModule<Module> & { saved(save: DevSave): void } {
  const { path, also, base, accept, load, createId, onFailure, onError } = options;
  const state = createCell<HotState<Module>>(
    { module: undefined, hash: undefined, isLoading: true, error: undefined },
    onError,
  );
  let running: Version<Module> | undefined;
  let isLoading = false;
  let isStale = false;
  let isDisposed = false;
  let hash: string | undefined;

  const cleanUp = (cleanups: (() => void)[]): void => {
    for (const cleanup of cleanups.splice(0)) {
      try {
        cleanup();
      } catch (error) {
        onError(error);
      }
    }
  };

  const take = async (): Promise<void> => {
    const cleanups: (() => void)[] = [];
    const wanted = hash;
    try {
      const url = `${base}@${createId()}/${path.split("/").map(encodeURIComponent).join("/")}`;
      // What a module exports is the application's own pairing of path and type.
      const module = (await load(url)) as Module;
      if (isStale || isDisposed) return;
      const dispose = (cleanup: () => void): void => void cleanups.push(cleanup);
      await accept({ module, previous: running?.module, hash: wanted, dispose });
      const old = running;
      running = { module, cleanups };
      if (old !== undefined) cleanUp(old.cleanups);
      if (isDisposed) cleanUp(cleanups);
      else state.set({ module, hash: wanted, isLoading: isStale, error: undefined });
    } catch (error) {
      cleanUp(cleanups);
      if (isStale || isDisposed) return;
      state.set({ ...state.getSnapshot(), isLoading: false, error });
      onFailure(errorReport(error, path, base));
    }
  };

  const reload = (): void => {
    isStale = true;
    if (!isLoading) void run();
  };

  const run = async (): Promise<void> => {
    isLoading = true;
    while (isStale && !isDisposed) {
      isStale = false;
      if (!state.getSnapshot().isLoading) state.set({ ...state.getSnapshot(), isLoading: true });
      await take();
    }
    isLoading = false;
  };

  const concerns = (saved: string): boolean =>
    saved === path || also.some((one) => (one.endsWith("/") ? saved.startsWith(one) : saved === one));

  return {
    getSnapshot: state.getSnapshot,
    subscribe: state.subscribe,
    reload,
    saved(save) {
      if (typeof save.path !== "string" || save.event === "unlink" || !concerns(save.path)) return;
      if (save.path === path) hash = typeof save.hash === "string" ? save.hash : undefined;
      reload();
    },
    dispose() {
      isDisposed = true;
      if (running !== undefined) cleanUp(running.cleanups);
    },
  };
}
