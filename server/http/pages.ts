import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import express, { type Router } from "express";
import type { Authenticate } from "./authenticate.ts";
import { type DemoControls, demoRoutes } from "./demo-routes.ts";

/** The files a server shows to browsers, as the build lays them out. */
export interface Pages {
  /** `holdfast.global.js`; absent when nothing is built. */
  readonly globalScript?: string;
  /** Folder of the demo page. */
  readonly demo?: string;
  /** What that page may do to the server. */
  readonly controls?: DemoControls;
}

const SCRIPT = "holdfast.global.js";

/** For who looks with a browser whether something answers. */
const WELCOME = "This is a Holdfast server. Its demo page comes with: holdfast serve --demo\n";

/**
 * What pages of this server may do: nothing from elsewhere. Styles may be inline because xterm.js writes its colours
 * and cell sizes into `<style>` elements.
 */
const PAGE_POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Finds the built files from where this code runs: in the bundle they are beside it, in the sources in `dist`. */
export function findPages(from: string = import.meta.url): Pages {
  let folder = dirname(fileURLToPath(from));
  for (let level = 0; level < 4; level += 1) {
    for (const dist of [folder, join(folder, "dist")]) {
      const globalScript = join(dist, SCRIPT);
      if (!existsSync(globalScript)) continue;
      const demo = join(dist, "demo");
      return { globalScript, ...(existsSync(join(demo, "index.html")) ? { demo } : {}) };
    }
    folder = dirname(folder);
  }
  return {};
}

export function pageRoutes({ globalScript, demo, controls }: Pages, authenticate: Authenticate): Router {
  const router = express.Router();
  router.use((_request, response, next) => {
    response.setHeader("Content-Security-Policy", PAGE_POLICY);
    response.setHeader("Referrer-Policy", "no-referrer");
    next();
  });
  if (globalScript !== undefined) {
    router.get(`/${SCRIPT}`, (_request, response, next) => {
      // Any page may load the SDK; what it may then do is judged by its origin.
      response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
      response.sendFile(globalScript, { cacheControl: false }, (error) => (error ? next(error) : undefined));
    });
  }
  if (controls !== undefined) router.use("/demo", demoRoutes(controls, authenticate));
  if (demo === undefined) router.get("/", (_request, response) => void response.type("text").send(WELCOME));
  else router.use(express.static(demo, { cacheControl: false, redirect: false }));
  return router;
}
