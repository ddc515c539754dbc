import type { Code, Failure } from "./protocol/index.ts";

/** `never`: the same call fails again; `backoff`: worth repeating later; `after-auth`: needs another token first. */
export type Retry = "never" | "backoff" | "after-auth";

export interface HoldfastErrorOptions {
  readonly remedy?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** What is to be done about a code, and whether by itself; unless it says, the same call fails again. */
const ADVICE: Readonly<Partial<Record<Code, readonly [remedy: string | undefined, retry?: Retry]>>> = {
  UNAUTHENTICATED: ["Return a valid token from auth.getToken.", "after-auth"],
  TOKEN_EXPIRED: ["Return a fresh token from auth.getToken.", "after-auth"],
  SUBJECT_CHANGED: ["Call client.setAuth with the new user's auth."],
  FORBIDDEN: ["Ask for a role that allows it."],
  CONFLICT: ["Read error.details and try again."],
  RATE_LIMITED: ["Send less often.", "backoff"],
  PAYLOAD_TOO_LARGE: ["Send less at once."],
  UNSUPPORTED_VERSION: ["Update the holdfast package."],
  UNAVAILABLE: ["Nothing to do: the client tries again.", "backoff"],
  SHUTTING_DOWN: ["Nothing to do: the client tries again.", "backoff"],
  INTERNAL: [undefined, "backoff"],
  TIMEOUT: ["Check the server; the call may have been carried out.", "backoff"],
  CLOSED: ["Create another client."],
  OFFLINE: ["Wait for client.whenLive().", "backoff"],
};

/**
 * Every error of this package. Tell them apart by `code`, never by text.
 * `message` says what happened, `remedy` what to do about it.
 */
export class HoldfastError extends Error {
  readonly code: Code;
  readonly remedy: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly retry: Retry;
  readonly retryAfterMs: number | undefined;

  constructor(code: Code, message: string, options: HoldfastErrorOptions = {}) {
    super(message, options);
    this.name = "HoldfastError";
    this.code = code;
    const [remedy, retry = "never"] = ADVICE[code] ?? [];
    this.retry = retry;
    this.remedy = options.remedy ?? remedy;
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Whether `value` is an error of this package, of the given code if one is given. Works across bundles. */
export function isHoldfastError(value: unknown, code?: Code): value is HoldfastError {
  return (
    value instanceof Error &&
    value.name === "HoldfastError" &&
    "code" in value &&
    (code === undefined || value.code === code)
  );
}

/** The error a failed ack stands for. */
export function errorOfFailure(failure: Failure): HoldfastError {
  const { code, error, details, retryAfterMs } = failure;
  return new HoldfastError(code, error, { details, retryAfterMs });
}
