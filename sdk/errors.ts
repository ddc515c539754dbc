import type { Code, Failure } from "./protocol/index.ts";

/** `never`: the same call fails again; `backoff`: worth repeating later; `after-auth`: needs another token first. */
export type Retry = "never" | "backoff" | "after-auth";

export interface HoldfastErrorOptions {
  readonly remedy?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Every other code is `never`. */
const RETRY: Readonly<Partial<Record<Code, Retry>>> = {
  UNAUTHENTICATED: "after-auth",
  TOKEN_EXPIRED: "after-auth",
  RATE_LIMITED: "backoff",
  UNAVAILABLE: "backoff",
  SHUTTING_DOWN: "backoff",
  INTERNAL: "backoff",
  TIMEOUT: "backoff",
  OFFLINE: "backoff",
};

const REMEDY: Readonly<Partial<Record<Code, string>>> = {
  UNAUTHENTICATED: "Give a valid token through auth.getToken.",
  TOKEN_EXPIRED: "Return a fresh token from auth.getToken; an expired one is never sent twice.",
  SUBJECT_CHANGED: "Call client.setAuth with the new user's auth; it starts a new connection.",
  FORBIDDEN: "Ask for a role in this project that allows it.",
  CONFLICT: "Read error.details, take the current value into account and try again.",
  RATE_LIMITED: "Wait error.retryAfterMs and send less often.",
  PAYLOAD_TOO_LARGE: "Send less at once: a frame holds 1 MiB, an entity 256 KiB.",
  UNSUPPORTED_VERSION: "Update the holdfast package to the version the server speaks.",
  UNAVAILABLE: "Nothing to do: what is pending is sent again by itself.",
  SHUTTING_DOWN: "Nothing to do: the client reconnects by itself.",
  TIMEOUT: "Check that the server is reachable; the call may have been carried out.",
  CLOSED: "The client was closed: create another with createClient.",
  OFFLINE: "Call client.connect(), or wait for client.whenLive().",
};

/**
 * Every error of this package. Tell them apart by `code`, never by text.
 * `message` says what happened, `remedy` what to do about it.
 */
export class HoldfastError extends Error {
  readonly code: Code;
  readonly remedy?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly retry: Retry;
  readonly retryAfterMs?: number;

  constructor(code: Code, message: string, options: HoldfastErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "HoldfastError";
    this.code = code;
    this.retry = RETRY[code] ?? "never";
    const remedy = options.remedy ?? REMEDY[code];
    if (remedy !== undefined) this.remedy = remedy;
    if (options.details !== undefined) this.details = options.details;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
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
  return new HoldfastError(failure.code, failure.error, {
    details: failure.details,
    retryAfterMs: failure.retryAfterMs,
  });
}
