import type { Code, Failure, Issue, WireCode } from "../../sdk/protocol/index.ts";

export interface FaultOptions {
  readonly details?: Readonly<Record<string, unknown>>;
  readonly retryAfterMs?: number;
}

/** What a handler throws when the caller is to be told no. Anything else thrown becomes `INTERNAL`. */
export class Fault extends Error {
  readonly code: WireCode;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly retryAfterMs?: number;

  constructor(code: WireCode, message: string, options: FaultOptions = {}) {
    super(message);
    this.name = "Fault";
    this.code = code;
    if (options.details !== undefined) this.details = options.details;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

/** A payload that does not fit, with the path of each fault within it. */
export function badRequest(message: string, issues: readonly Issue[]): Fault {
  return new Fault("BAD_REQUEST", message, { details: { issues } });
}

/** The ack a fault becomes. */
export function failureOf(fault: Fault): Failure {
  const code: Code = fault.code;
  return {
    success: false,
    error: fault.message,
    code,
    ...(fault.details === undefined ? {} : { details: fault.details }),
    ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
  };
}
