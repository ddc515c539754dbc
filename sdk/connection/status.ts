import type { HoldfastError } from "../errors.ts";

/** Why an attempt to connect is under way. */
export type ConnectReason = "connect" | "retry" | "online" | "wake" | "reconnect" | "auth" | "project";

/** How much of a large snapshot is here, in entities; `total` is an estimate until the last page. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/**
 * What a client's connection is doing, and why.
 * `attempt` counts from 1 and starts again once the connection was live for a while; times are epoch milliseconds.
 */
export type ClientStatus =
  | { readonly name: "idle" }
  | { readonly name: "connecting"; readonly attempt: number; readonly reason: ConnectReason }
  /** Connected, and taking in what was missed. */
  | { readonly name: "syncing"; readonly reason: ConnectReason; readonly progress?: Progress }
  /** `latencyMs`: the last round trip that was measured. */
  | { readonly name: "live"; readonly since: number; readonly latencyMs?: number }
  /** Attempt number `attempt` begins at `retryAt`; `error` says what ended the one before. */
  | {
      readonly name: "waiting";
      readonly attempt: number;
      readonly retryAt: number;
      readonly error?: HoldfastError;
    }
  /** As `waiting`, while the platform says that there is no network: it is believed, and tested at `retryAt`. */
  | {
      readonly name: "offline";
      readonly reason: string;
      readonly attempt: number;
      readonly retryAt: number;
      readonly error?: HoldfastError;
    }
  /** Trying again is pointless until the application changes something: the token, the project, the version. */
  | { readonly name: "refused"; readonly error: HoldfastError }
  | { readonly name: "closed"; readonly reason: string };
