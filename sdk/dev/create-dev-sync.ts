import { type Extensible, INTERNALS } from "../connection/internals.ts";
import { HoldfastError } from "../errors.ts";
import type { Source } from "../util/source.ts";
import type { DevEventName, DevEvents } from "./dev-events.ts";
import { createDevLink, type DevState } from "./dev-link.ts";
import { type Accept, createHotModule, type HotModule } from "./hot-module.ts";

export interface DevSyncOptions {
  /** Everybody of one resource hears one another. Default: the id of the client's project. */
  readonly resource?: string;
  /** For people. */
  readonly resourceName?: string;
  /** Told to the others as it is. */
  readonly subTypeId?: unknown;
  /** URL of the watched folder. Default: `/watched/` of the page's own server. */
  readonly modules?: string;
  /** Loads a module by its URL. Default: `import()`. */
  readonly load?: (url: string) => Promise<unknown>;
}

export interface HotOptions {
  /** Further files, and folders written with a `/` at the end, whose saves load the module again: what it imports. */
  readonly also?: readonly string[];
}

/** A place in dev-sync: a source of its state, what tools say, and modules that follow their files. */
export interface DevSync extends Source<DevState> {
  /** Hears what the others of the resource send. Returns how to stop. */
  on<E extends DevEventName>(event: E, listener: (payload: DevEvents[E]) => void): () => void;
  /** Tells the others. @throws HoldfastError of the server's code; `OFFLINE` while not registered */
  send<E extends DevEventName>(event: E, payload: DevEvents[E]): Promise<void>;
  /**
   * Loads a module of the watched folder, and again at every save, without reloading the page. `accept` gets the new
   * version and the old one; when the module or `accept` throws, the old one goes on and the others hear `dev-error`.
   * @param path relative to the watched folder, POSIX
   * @example
   * dev.hot("src/clock.js", ({ module, previous, dispose }) => {
   *   const clock = module.start(document.body, previous?.state);
   *   dispose(() => clock.remove());
   * });
   */
  hot<Module = Readonly<Record<string, unknown>>>(
    path: string,
    accept: Accept<Module>,
    options?: HotOptions,
  ): HotModule<Module>;
  /**
   * Hears nothing any more; hot modules are disposed of. Closing the client does the same; until then the others still
   * see it among the registered.
   */
  close(): void;
}

/**
 * Joins dev-sync with a client's connection. A client is one place in it: two of different resources hear both.
 * @param client any that `createClient` made; it need not be connected yet
 * @throws HoldfastError `BAD_REQUEST` from `hot` where there is no page to tell where modules are
 */
export function createDevSync(
  client: Extensible & { readonly projectId: string },
  options: DevSyncOptions = {},
): DevSync {
  const internals = client[INTERNALS];
  const { createId, onError, closed } = internals;
  const { resource, resourceName, subTypeId, load = importModule } = options;
  const link = createDevLink(internals, () => ({
    guid: resource ?? client.projectId,
    ...(resourceName === undefined ? {} : { name: resourceName }),
    ...(subTypeId === undefined ? {} : { subTypeId }),
  }));
  const modules = new Set<ReturnType<typeof createHotModule>>();
  let wasAway = false;

  link.on("dev-save", (save) => {
    for (const module of modules) module.saved(save);
  });
  link.subscribe(() => {
    const { name } = link.getSnapshot();
    if (name === "offline") wasAway = true;
    if (name !== "registered" || !wasAway) return;
    // Saves are not repeated for those who were away.
    wasAway = false;
    for (const module of modules) module.reload();
  });

  const close = (): void => {
    closed.removeEventListener("abort", close);
    for (const module of modules) module.dispose();
    modules.clear();
    link.dispose();
  };
  closed.addEventListener("abort", close);

  return {
    getSnapshot: link.getSnapshot,
    subscribe: link.subscribe,
    on: link.on,
    send: link.send,
    hot(path, accept, { also = [] } = {}) {
      const module = createHotModule({
        ...{ path, also, accept, load, createId, onError },
        base: baseOf(options.modules),
        onFailure: (report) => void link.send("dev-error", report).catch(onError),
      });
      // The set knows its modules by what they are told, not by what they export.
      const entry = module as unknown as ReturnType<typeof createHotModule>;
      modules.add(entry);
      module.reload();
      return {
        ...module,
        dispose() {
          modules.delete(entry);
          module.dispose();
        },
      };
    },
    close,
  };
}

function baseOf(modules = "/watched/"): string {
  try {
    const { href } = new URL(modules, globalThis.location?.href);
    return href.endsWith("/") ? href : `${href}/`;
  } catch (cause) {
    throw new HoldfastError("BAD_REQUEST", `Nothing says where ${modules} is`, {
      remedy: "Give createDevSync modules: the URL of the watched folder, http://127.0.0.1:3000/watched/.",
      cause,
    });
  }
}

/** Left alone by bundlers: what is loaded is no part of any bundle. */
function importModule(url: string): Promise<unknown> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ url);
}
