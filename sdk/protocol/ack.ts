import type { Code } from "./codes.ts";

/** What went wrong with a payload, path within the payload. */
export interface Issue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface Failure {
  readonly success: false;
  readonly error: string;
  readonly code: Code;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly retryAfterMs?: number;
}

export type Success<T extends object = object> = { readonly success: true } & Readonly<T>;

export type Ack<T extends object = object> = Success<T> | Failure;

/** Answer to an event that failed and asked for no ack. */
export interface ErrorMessage {
  readonly event: string;
  readonly error: string;
  readonly code: Code;
  readonly details?: Readonly<Record<string, unknown>>;
}
