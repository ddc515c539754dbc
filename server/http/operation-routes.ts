import type { IncomingMessage } from "node:http";
import express, { type Router } from "express";
import { Fault } from "../core/fault.ts";
import type { Principal } from "../core/ports/principal.ts";
import type { Metrics } from "../ops/metrics.ts";
import type { ServerStatus } from "../ops/server-status.ts";
import type { Authenticate } from "./authenticate.ts";

export interface OperationsOptions {
  readonly authenticate: Authenticate;
  /** `ready`, or what the server waits for. */
  readonly readiness: () => "ready" | "store" | "closing";
  /** Room names are for those who may read everything (protocol section 15). */
  readonly status: (withRooms: boolean) => ServerStatus;
  readonly metrics: Pick<Metrics, "contentType" | "text" | "count">;
}

/** `/healthz` `/readyz` `/ws-status` `/metrics` (protocol sections 1 and 15). */
export function operationRoutes({ authenticate, readiness, status, metrics }: OperationsOptions): Router {
  const router = express.Router();
  router.use(["/healthz", "/readyz", "/ws-status", "/metrics"], (_request, response, next) => {
    response.setHeader("Cache-Control", "no-store");
    next();
  });

  router.get("/healthz", (_request, response) => {
    response.json({ status: "ok" });
  });

  router.get("/readyz", (_request, response) => {
    const state = readiness();
    if (state === "closing") throw new Fault("SHUTTING_DOWN", "The server is shutting down");
    if (state === "store")
      throw new Fault("UNAVAILABLE", "The store is out of reach", { retryAfterMs: 1_000 });
    response.json({ status: "ready" });
  });

  router.get("/ws-status", async (request, response) => {
    const caller = await whoever(request);
    response.json(status(caller?.readsAll === true));
  });

  router.get("/metrics", async (request, response) => {
    const caller = await authenticate(request);
    if (!caller.readsAll) throw new Fault("FORBIDDEN", "Metrics are for those who may read every project");
    response.setHeader("Content-Type", metrics.contentType);
    response.send(await metrics.text());
  });

  /** Who asks, if it can be told: a stranger is served less, not refused. */
  async function whoever(request: IncomingMessage): Promise<Principal | undefined> {
    try {
      return await authenticate(request);
    } catch (error) {
      if (error instanceof Fault) return undefined;
      throw error;
    }
  }

  return router;
}
