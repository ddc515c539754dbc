import { realpath } from "node:fs/promises";
import { INTERNALS } from "../../connection/internals.ts";
import { type Compiler, startCompiler } from "./compiler/compiler.ts";
import { findCompiler } from "./compiler/find-compiler.ts";
import { createFileWatcher } from "./files/file-watcher.ts";
import { createIgnores } from "./files/ignores.ts";
import { createGitWatcher, type GitWatcher } from "./git/git-watcher.ts";
import { findRepository, type Repository } from "./git/repository.ts";
import { createSearcher } from "./search/searcher.ts";
import { createTeller, type WatchingClient } from "./teller.ts";
import type { WorkspaceEvent } from "./workspace-event.ts";

export interface WorkspaceOptions {
  readonly folder: string;
  /** Everybody of one resource hears the saves. Default: the id of the client's project. */
  readonly resource?: string;
  readonly resourceName?: string;
  /** Whether the repository the folder is in is followed. Default true. */
  readonly git?: boolean;
  /** Whether `tsc --watch` runs where the folder has a tsconfig.json and a TypeScript. Default true. */
  readonly diagnostics?: boolean;
  /** Hears everything that is told, whether or not anybody is connected. */
  onEvent?(event: WorkspaceEvent): void;
}

/** A watched folder. */
export interface Workspace {
  readonly files: number;
  /** `undefined` outside a repository, or where no branch is checked out. */
  readonly branch: string | undefined;
  readonly hasGit: boolean;
  readonly hasDiagnostics: boolean;
  /** Stops watching, and gives what is still to be told at most a second. The client stays open. */
  close(): Promise<void>;
}

/** A question that waited for longer was asked of a watcher that is gone. */
const SEARCH_AGE_MS = 10_000;
const FAREWELL_MS = 1_000;
/** A save of another file is nothing to a compiler. */
const COMPILED = /\.([cm]?[jt]sx?|json)$/;

/**
 * Watches a folder and tells its project: each save over dev-sync (and so the channel `files`), git on the channel
 * `git`, diagnostics on `diagnostics`, and answers to questions on `search`. Resolves after the first look at the
 * folder; what happens while the client is away is told when it is back.
 * @throws the system's error for a folder that cannot be read; Error when it holds more than 100,000 files
 * @example
 * const client = createClient({ url, namespace: "/cli", agentId: "watcher", projectId: "p1" });
 * const workspace = await watchWorkspace(client, { folder: "." });
 * await client.connect();
 */
export async function watchWorkspace(client: WatchingClient, options: WorkspaceOptions): Promise<Workspace> {
  const { resource, resourceName, onEvent } = options;
  const { now, onError } = client[INTERNALS];
  const folder = await realpath(options.folder);
  const repository = await findRepository(folder);

  const teller = createTeller({
    client,
    resource: () => ({
      guid: resource ?? client.projectId,
      ...(resourceName === undefined ? {} : { name: resourceName }),
    }),
  });
  const tell = (event: WorkspaceEvent): void => {
    onEvent?.(event);
    teller.tell(event);
  };

  let compiler: Compiler | undefined;
  const files = await createFileWatcher({
    folder,
    ignores: () => createIgnores(repository?.top ?? folder, repository?.prefix, repository?.excludes),
    onError,
    onChanges(changes) {
      for (const save of teller.saves(changes)) tell({ kind: "save", save });
      if (changes.some(({ path }) => COMPILED.test(path))) compiler?.saved();
    },
  }).catch(async (error: unknown) => {
    await teller.close(0);
    throw error;
  });
  const git = options.git === false ? undefined : await followGit(repository, tell, onError);
  const program = options.diagnostics === false ? undefined : findCompiler(folder);
  if (program !== undefined) {
    compiler = startCompiler({
      ...{ folder, program, onError },
      onRun: (diagnostics, total) => tell({ kind: "diagnostics", diagnostics, total }),
    });
  }
  const search = client.channel("search");
  const searcher = createSearcher({
    ...{ folder, now, onError, paths: files.paths },
    async answer(answer) {
      if (answer.finished) tell({ kind: "search", query: answer.query, total: answer.total });
      await search.publish(answer);
    },
  });
  const stopSearch = search.subscribe((data, { timestamp }) => {
    if (now() - Date.parse(timestamp) < SEARCH_AGE_MS) searcher.hear(data);
  });

  return {
    get files() {
      return files.size;
    },
    get branch() {
      return git?.branch;
    },
    hasGit: git !== undefined,
    hasDiagnostics: compiler !== undefined,
    async close() {
      stopSearch();
      await Promise.all([files.close(), git?.close(), compiler?.close(), searcher.close()]);
      await teller.close(FAREWELL_MS);
    },
  };
}

/** `undefined` where there is no repository, or one that git cannot look at, which is said. */
async function followGit(
  repository: Repository | undefined,
  tell: (event: WorkspaceEvent) => void,
  onError: (error: unknown) => void,
): Promise<GitWatcher | undefined> {
  if (repository === undefined) return undefined;
  try {
    return await createGitWatcher({
      ...{ repository, onError },
      onEvents(events) {
        for (const event of events) tell({ kind: "git", event });
      },
    });
  } catch (error) {
    onError(error);
    return undefined;
  }
}
