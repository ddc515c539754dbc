import type { IncomingMessage, ServerResponse } from "node:http";
import type { Origins } from "../auth/origins.ts";
import { sendProblem } from "./problem.ts";

/** How long a browser may remember the answer to a preflight, in seconds. */
const PREFLIGHT_SECONDS = 600;

/** What a page of a foreign origin is told, at every door. */
export const FOREIGN_ORIGIN = { code: "FORBIDDEN", message: "This origin may not call this server" } as const;

/**
 * Lets only allowed browser origins through, and tells their browsers so (CORS, with credentials).
 * @returns whether the request goes on; when it does not, it is answered
 */
export function guardOrigin(origins: Origins, request: IncomingMessage, response: ServerResponse): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return true;
  response.setHeader("Vary", "Origin");
  if (!origins.allows(origin)) {
    sendProblem(response, FOREIGN_ORIGIN);
    return false;
  }
  response.setHeader("Access-Control-Allow-Origin", origin);
  response.setHeader("Access-Control-Allow-Credentials", "true");
  if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined) {
    response.setHeader("Access-Control-Expose-Headers", "ETag, Location, Retry-After");
    return true;
  }
  response
    .writeHead(204, {
      "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
      "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match, Idempotency-Key",
      "Access-Control-Max-Age": PREFLIGHT_SECONDS,
    })
    .end();
  return false;
}
