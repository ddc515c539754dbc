import { realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import express, { type Router } from "express";
import { Fault } from "../core/fault.ts";
import type { Authenticate } from "./authenticate.ts";

/** Where a watched folder is served. */
export const WATCHED_PATH = "/watched";

export function isWatchedPath(path: string): boolean {
  return path.startsWith(`${WATCHED_PATH}/`);
}

export interface WatchedOptions {
  /** Absolute or relative to the working folder. */
  readonly folder: string;
  readonly authenticate: Authenticate;
}

/**
 * `GET /watched/PATH` and `GET /watched/@VERSION/PATH`: files of the watched folder, for hot modules. A version changes
 * nothing but the URL, so that a browser, which keeps modules by URL, loads a saved one and all it imports anew.
 * Nothing above the folder, nothing a link leads out to, nothing whose name begins with a dot.
 */
export function watchedRoutes({ folder, authenticate }: WatchedOptions): Router {
  const router = express.Router();
  router.use(async (request, response, next) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      next();
      return;
    }
    const caller = await authenticate(request);
    if (!caller.readsAll) throw new Fault("FORBIDDEN", "The watched folder is for local callers");
    const found = await find(folder, request.path);
    if (found === undefined) throw new Fault("NOT_FOUND", "No such file in the watched folder");
    response.setHeader("Cache-Control", "no-store");
    // A page is not to be made of these, and other sites' pages are not to run them: those send no Origin for scripts.
    response.setHeader("Content-Security-Policy", "default-src 'none'; sandbox");
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.sendFile(found.path, { root: found.root, cacheControl: false, lastModified: false }, (error) => {
      if (error) next(error);
    });
  });
  return router;
}

interface Found {
  readonly root: string;
  /** Below `root`, with every link followed. */
  readonly path: string;
}

async function find(folder: string, path: string): Promise<Found | undefined> {
  const parts = partsOf(path);
  if (parts === undefined) return undefined;
  try {
    const root = await realpath(folder);
    const real = await realpath(join(root, ...parts));
    const below = relative(root, real).split(sep);
    const isInside = below[0] !== ".." && real.startsWith(root.endsWith(sep) ? root : root + sep);
    if (!isInside || !below.every(isPlainName) || !(await stat(real)).isFile()) return undefined;
    return { root, path: below.join("/") };
  } catch {
    return undefined;
  }
}

/** Names on the way to a file; `undefined` for a path that could mean anything else. */
function partsOf(path: string): readonly string[] | undefined {
  const [first, ...rest] = path.slice(1).split("/");
  const segments = first?.startsWith("@") === true && rest.length > 0 ? rest : path.slice(1).split("/");
  try {
    const parts = segments.map(decodeURIComponent);
    return parts.every(isPlainName) ? parts : undefined;
  } catch {
    return undefined;
  }
}

/** No hidden file, no `..`, nothing that is a separator on some system. */
function isPlainName(name: string): boolean {
  return name !== "" && !name.startsWith(".") && !/[\\/:\0]/.test(name);
}
