import express, { type Router } from "express";
import type { BucketName } from "../../../sdk/protocol/index.ts";
import { Fault } from "../../core/fault.ts";
import type { RateLimits } from "../../ops/rate-limits.ts";
import type { Authenticate } from "../authenticate.ts";
import { mountClaims } from "./claims.ts";
import { mountFocusAndChannels } from "./focus-and-channels.ts";
import { openApiDocument } from "./openapi.ts";
import { setPrincipal } from "./principal-of.ts";
import { mountResources, RESOURCES } from "./resources.ts";
import type { ApiServices } from "./services.ts";

export interface ApiOptions {
  readonly services: ApiServices;
  readonly authenticate: Authenticate;
  readonly limits: Pick<RateLimits, "takeFor">;
  readonly isClosing: () => boolean;
  readonly createId: () => string;
  /** Largest body. */
  readonly bodyBytes: number;
}

/** First steps of the paths below `/api` that are ours beside an application with an API of its own. */
export const API_PATHS: readonly string[] = [
  ...Object.keys(RESOURCES),
  "channels",
  "terminal",
  "openapi.json",
];

/** `/api`: who is it, may they go on at this pace, and what do they say. */
export function apiRoutes({
  services,
  authenticate,
  limits,
  isClosing,
  createId,
  bodyBytes,
}: ApiOptions): Router {
  const router = express.Router();
  const document = JSON.stringify(openApiDocument());
  router.get("/openapi.json", (_request, response) => void response.type("json").send(document));
  router.use(async (request, response, next) => {
    response.setHeader("Cache-Control", "no-store");
    const principal = await authenticate(request);
    setPrincipal(response, principal);
    if (isClosing() && request.method !== "GET")
      throw new Fault("SHUTTING_DOWN", "The server is shutting down");
    const retryAfterMs = await limits.takeFor(principal, bucketOf(request.method, request.path));
    if (retryAfterMs > 0) throw new Fault("RATE_LIMITED", "Too many requests", { retryAfterMs });
    next();
  });
  // `strict: false`, so that a body that is JSON but no object is told where it goes wrong.
  router.use(
    express.json({
      limit: bodyBytes,
      strict: false,
      type: ["application/json", "application/merge-patch+json"],
    }),
  );
  mountClaims(router, services);
  mountFocusAndChannels(router, services);
  mountResources(router, services, createId);
  return router;
}

function bucketOf(method: string, path: string): Exclude<BucketName, "none"> {
  if (method === "GET" || path.startsWith("/terminal")) return "other";
  if (path.startsWith("/channels")) return "publish";
  return path.startsWith("/mail") && method === "POST" ? "mail" : "mutate";
}
