import type { Logger, Plugin } from "vite";
import { isHoldfastError } from "../../errors.ts";
import { buildError } from "./build-error.ts";
import { createDevReporter, type DevReporter } from "./dev-reporter.ts";
import { relativePath } from "./relative-path.ts";

export interface HoldfastPluginOptions {
  /** Of the project that is told. */
  readonly projectId: string;
  /** Everybody of one resource hears it. Default: the project. */
  readonly resource?: string;
  /** Default `HOLDFAST_URL`, else `http://127.0.0.1:3000`. */
  readonly url?: string;
  /** Default `HOLDFAST_TOKEN`; not needed for a server on this machine. */
  readonly token?: string;
}

/** A build waits this long at its end for a server that has not heard everything. */
const FAREWELL_MS = 2_000;

const EVENTS = { create: "add", update: "change", delete: "unlink" } as const;

/** Told of a bundle's files; more would be a frame nobody reads. */
const MAX_FILES = 1_000;

/**
 * Reports to dev-sync from Vite's own hooks: saves of files below the root (dev server and `build --watch`), the start
 * and end of each build, and errors of both. A server that is not there costs a build two seconds and a warning,
 * never its result.
 * @example export default defineConfig({ plugins: [holdfast({ projectId: "p1" })] });
 */
export function holdfast(options: HoldfastPluginOptions): Plugin {
  const { projectId, resource } = options;
  let reporter: DevReporter | undefined;
  let logger: Logger | undefined;
  let root = process.cwd();
  let isServing = false;
  let isWatching = false;
  let build: { readonly id: string; readonly startedAt: number } | undefined;
  let builds = 0;

  const warn = (error: unknown): void => {
    if (isHoldfastError(error, "CLOSED")) return;
    logger?.warnOnce(`holdfast: ${error instanceof Error ? error.message : String(error)}`);
  };
  const open = (): DevReporter => {
    const token = options.token ?? process.env["HOLDFAST_TOKEN"];
    reporter ??= createDevReporter({
      url: options.url ?? process.env["HOLDFAST_URL"] ?? "http://127.0.0.1:3000",
      projectId,
      root,
      onError: warn,
      ...(token === undefined ? {} : { token }),
      ...(resource === undefined ? {} : { resource }),
    });
    return reporter;
  };
  const fail = (error: unknown): void => {
    open().error(buildError(error, root, build?.id));
    build = undefined;
  };

  return {
    name: "holdfast",
    configResolved(config) {
      ({ root, logger } = config);
      isServing = config.command === "serve";
      isWatching = isServing || Boolean(config.build.watch);
    },
    buildStart() {
      const told = open();
      // A dev server builds nothing: it has no start and no end to tell.
      if (isServing) return;
      builds += 1;
      build = {
        id: `vite-${process.pid}-${Date.now().toString(36)}-${builds}`,
        startedAt: performance.now(),
      };
      told.build("dev-build-start", { buildId: build.id });
    },
    async watchChange(id, { event }) {
      const path = relativePath(root, id);
      if (path !== undefined) await open().save(path, EVENTS[event]);
    },
    buildEnd(error) {
      if (error !== undefined) fail(error);
    },
    renderError(error) {
      if (error !== undefined) fail(error);
    },
    writeBundle: {
      // After the plugins that write beside the bundle.
      order: "post",
      handler(_output, bundle) {
        if (build === undefined) return;
        const { id, startedAt } = build;
        build = undefined;
        const files = Object.keys(bundle).slice(0, MAX_FILES);
        const durationMs = Math.round(performance.now() - startedAt);
        open().build("dev-build-complete", { buildId: id, durationMs, files });
      },
    },
    configureServer(server) {
      // After Vite's own middlewares and before its handler of errors, which shows them to people.
      return () => {
        server.middlewares.use(
          (error: unknown, _request: unknown, _response: unknown, next: (error: unknown) => void) => {
            fail(error);
            next(error);
          },
        );
      };
    },
    closeBundle: {
      order: "post",
      async handler() {
        // Comes after each build of `build --watch`, which goes on.
        if (isWatching && !isServing) return;
        const closing = reporter;
        reporter = undefined;
        if (closing === undefined || (await closing.close(isServing ? 0 : FAREWELL_MS))) return;
        if (!isServing) logger?.warn("holdfast: the server did not hear of this build: is it running?");
      },
    },
    async closeWatcher() {
      await reporter?.close(FAREWELL_MS);
      reporter = undefined;
    },
  };
}
