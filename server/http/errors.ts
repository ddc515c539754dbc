import type { ErrorRequestHandler, RequestHandler } from "express";
import { badRequest, Fault } from "../core/fault.ts";
import type { Log } from "../core/ports/log.ts";
import { StoreUnavailable } from "../store/store.ts";
import { sendProblem } from "./problem.ts";

/** Express's and body-parser's errors by their HTTP status. */
const BY_STATUS: Readonly<Record<number, Fault>> = {
  400: badRequest("The request cannot be read", [{ path: [], message: "not a readable request" }]),
  413: new Fault("PAYLOAD_TOO_LARGE", "The body is too large"),
  415: badRequest("The body cannot be read", [{ path: [], message: "send JSON, in UTF-8" }]),
};

export const notFound: RequestHandler = (request) => {
  throw new Fault("NOT_FOUND", `There is no ${request.method} ${request.path}`);
};

/** Turns whatever a route threw into a problem; of what nobody foresaw only an id goes out (protocol section 2). */
export function createErrorHandler(log: Log, createId: () => string): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    sendProblem(response, faultOf(error, log, createId));
  };
}

function faultOf(error: unknown, log: Log, createId: () => string): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof StoreUnavailable) {
    return new Fault("UNAVAILABLE", "The store is out of reach", { retryAfterMs: error.retryAfterMs });
  }
  const status = statusOf(error);
  if (status === 404) return new Fault("NOT_FOUND", "There is nothing here");
  if (status !== undefined && status >= 400 && status < 500) {
    return BY_STATUS[status] ?? badRequest("The request cannot be read", []);
  }
  const id = createId();
  log.error({ err: error, id }, "a request failed");
  return new Fault("INTERNAL", "Internal error", { details: { id } });
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("status" in error)) return undefined;
  return typeof error.status === "number" ? error.status : undefined;
}
