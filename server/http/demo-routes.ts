import express, { type Router } from "express";
import { Fault } from "../core/fault.ts";
import type { Authenticate } from "./authenticate.ts";

/** What a visitor of the demo page may do to the server under it. */
export interface DemoControls {
  /** A token of a few seconds, for whoever is at this machine. */
  token?(): Promise<string>;
  /** Saves another version of the module that the page runs. */
  save?(): Promise<void>;
  /** Ends the process as `kill -9` does; only where somebody starts it again. */
  crash?(): void;
}

/** `/demo/offers` `/demo/token` `/demo/save` `/demo/crash`: for callers of this machine only. */
export function demoRoutes(controls: DemoControls, authenticate: Authenticate): Router {
  const router = express.Router();
  router.use(async (request, response, next) => {
    const { local } = await authenticate(request);
    if (!local) throw new Fault("FORBIDDEN", "The demo's controls are for this machine only");
    response.setHeader("Cache-Control", "no-store");
    next();
  });
  router.get("/offers", (_request, response) => {
    const { token, save, crash } = controls;
    response.json({ token: token !== undefined, save: save !== undefined, crash: crash !== undefined });
  });
  router.post("/token", async (_request, response) => {
    if (controls.token === undefined) throw new Fault("NOT_FOUND", "This server makes no tokens");
    response.json({ token: await controls.token() });
  });
  router.post("/save", async (_request, response) => {
    if (controls.save === undefined) throw new Fault("NOT_FOUND", "This server watches nothing");
    await controls.save();
    response.status(204).end();
  });
  router.post("/crash", () => {
    if (controls.crash === undefined) throw new Fault("NOT_FOUND", "Nobody would start this server again");
    controls.crash();
  });
  return router;
}
