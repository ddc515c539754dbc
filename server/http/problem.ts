import { type ServerResponse, STATUS_CODES } from "node:http";
import { HTTP_STATUS, type WireCode } from "../../sdk/protocol/index.ts";
import type { Fault } from "../core/fault.ts";

/** A fault as an RFC 9457 problem with the fields that acks have (protocol section 2). */
export interface Problem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly success: false;
  readonly error: string;
  readonly code: WireCode;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly retryAfterMs?: number;
}

export type Told = Pick<Fault, "code" | "message" | "details" | "retryAfterMs">;

/** What a fault is as a problem. */
export function problemOf({ code, message, details, retryAfterMs }: Told): Problem {
  const status = HTTP_STATUS[code];
  return {
    type: "about:blank",
    title: STATUS_CODES[status] ?? code,
    status,
    detail: message,
    success: false,
    error: message,
    code,
    ...(details === undefined ? {} : { details }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** Answers with a problem, on a bare Node response, so that it serves before Express too. */
export function sendProblem(response: ServerResponse, told: Told): void {
  const problem = problemOf(told);
  const body = Buffer.from(JSON.stringify(problem));
  if (problem.status === 401) response.setHeader("WWW-Authenticate", "Bearer");
  if (problem.retryAfterMs !== undefined) {
    response.setHeader("Retry-After", String(Math.max(1, Math.ceil(problem.retryAfterMs / 1_000))));
  }
  response.writeHead(problem.status, {
    "Content-Type": "application/problem+json",
    "Content-Length": body.length,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(body);
}
