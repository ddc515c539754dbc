import express, { type Express } from "express";
import type { Log } from "../core/ports/log.ts";
import { API_PATHS, type ApiOptions, apiRoutes } from "./api/api-routes.ts";
import { createErrorHandler, notFound } from "./errors.ts";
import { type OperationsOptions, operationRoutes } from "./operation-routes.ts";
import { type Pages, pageRoutes } from "./pages.ts";
import { createRequestLog } from "./request-log.ts";
import { WATCHED_PATH, watchedRoutes } from "./watched.ts";

export interface AppOptions {
  readonly api: ApiOptions;
  readonly operations: OperationsOptions;
  readonly pages: Pages;
  /** Folder whose files are served as hot modules; none when absent. */
  readonly watched?: string | undefined;
  readonly log: Log;
}

const OPERATIONS: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/ws-status", "/metrics"]);

/** All that is plain HTTP, with Express. */
export function createApp({ api, operations, pages, watched, log }: AppOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", "simple");
  app.use(createRequestLog(log, operations.metrics, api.createId));
  app.use(operationRoutes(operations));
  app.use("/api", apiRoutes(api));
  if (watched !== undefined) {
    app.use(WATCHED_PATH, watchedRoutes({ folder: watched, authenticate: operations.authenticate }));
  }
  app.use(pageRoutes(pages, operations.authenticate));
  app.use(notFound);
  app.use(createErrorHandler(log, api.createId));
  return app;
}

/** Which paths are ours beside somebody else's application. */
export function ownsPath(path: string): boolean {
  if (OPERATIONS.has(path) || path === "/holdfast.global.js" || path === "/ws") return true;
  const [, root, first] = path.split("/");
  return root === "api" && first !== undefined && API_PATHS.includes(first);
}
