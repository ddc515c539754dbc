import type { RequestHandler } from "express";
import type { Log } from "../core/ports/log.ts";
import type { Meter } from "../core/ports/meter.ts";

/** Gives each request an id, which its answer carries, and writes down and counts what became of it; queries may hold tokens. */
export function createRequestLog(
  log: Log,
  meter: Pick<Meter, "count">,
  createId: () => string,
): RequestHandler {
  return (request, response, next) => {
    const requestId = createId();
    const { method, path } = request;
    response.setHeader("X-Request-Id", requestId);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.once("finish", () => {
      const status = response.statusCode;
      meter.count("http_responses", { status: String(status) });
      log.info({ requestId, method, path, status }, "request");
    });
    next();
  };
}
