import type { RequestHandler } from "express";
import type { Log } from "../core/ports/log.ts";

/** Gives each request an id, which its answer carries, and writes down what became of it; queries may hold tokens. */
export function createRequestLog(log: Log, createId: () => string): RequestHandler {
  return (request, response, next) => {
    const requestId = createId();
    const { method, path } = request;
    response.setHeader("X-Request-Id", requestId);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.once("finish", () =>
      log.info({ requestId, method, path, status: response.statusCode }, "request"),
    );
    next();
  };
}
