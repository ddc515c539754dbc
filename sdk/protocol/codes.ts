/** Codes a server sends in acks, rejections and problem documents. */
export const WIRE_CODES = [
  "BAD_REQUEST",
  "UNAUTHENTICATED",
  "TOKEN_EXPIRED",
  "SUBJECT_CHANGED",
  "FORBIDDEN",
  "NOT_FOUND",
  "CONFLICT",
  "RATE_LIMITED",
  "PAYLOAD_TOO_LARGE",
  "UNSUPPORTED_VERSION",
  "UNAVAILABLE",
  "SHUTTING_DOWN",
  "INTERNAL",
] as const;

export type WireCode = (typeof WIRE_CODES)[number];

/** Codes that only an SDK gives: the server never said anything. */
export const LOCAL_CODES = ["TIMEOUT", "CLOSED", "OFFLINE"] as const;

export type Code = WireCode | (typeof LOCAL_CODES)[number];

/** HTTP status of each code (protocol section 2). */
export const HTTP_STATUS: Readonly<Record<WireCode, number>> = {
  BAD_REQUEST: 400,
  UNSUPPORTED_VERSION: 400,
  UNAUTHENTICATED: 401,
  TOKEN_EXPIRED: 401,
  FORBIDDEN: 403,
  SUBJECT_CHANGED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  SHUTTING_DOWN: 503,
};

/**
 * Outcomes of a mutation that are final: the server keeps them and answers a repetition with the same.
 * Any other code means that nothing was decided and the same mutation may come again (protocol section 6).
 */
export const FINAL_CODES: readonly Code[] = [
  "BAD_REQUEST",
  "FORBIDDEN",
  "NOT_FOUND",
  "CONFLICT",
  "PAYLOAD_TOO_LARGE",
];
