import type { HoldfastError } from "../errors.ts";
import type { ConnectReason } from "./status.ts";
import type { Timings } from "./timings.ts";

/** What the connection is in. `status.ts` is what the application sees of it. */
export type State =
  | { readonly name: "idle" }
  | (Effort & { readonly name: "connecting"; readonly startedAt: number; readonly hasToken: boolean })
  | (Effort & { readonly name: "syncing" })
  | (Effort & { readonly name: "live"; readonly since: number; readonly latencyMs?: number })
  | (Rest & { readonly name: "waiting" })
  | (Rest & { readonly name: "offline" })
  | { readonly name: "refused"; readonly error: HoldfastError }
  | { readonly name: "closed" };

/** What an attempt carries along. */
export interface Effort {
  /** Number of this attempt, from 1; 0 once it was live and steady. */
  readonly attempt: number;
  /** Number of this attempt since it was last live, from 1: how patient to be with it. 0 while live. */
  readonly tries: number;
  readonly reason: ConnectReason;
  /** Handshakes refused for the token's sake since one was accepted. */
  readonly rejections: number;
  /** The server is going away and named the wait before the next attempt. */
  readonly returnMs?: number;
}

export interface Rest {
  /** Number of the attempt waited for. */
  readonly attempt: number;
  readonly tries: number;
  readonly retryAt: number;
  readonly rejections: number;
  /** The server set this wait: no hint of the platform cuts it short. */
  readonly isOrdered: boolean;
  readonly error?: HoldfastError;
}

export type MachineEvent =
  /** The application wants to be connected; while waiting: now. */
  | { readonly type: "connect" }
  | { readonly type: "close" }
  /** The socket is to be replaced: another project, another token, or the application's wish. */
  | { readonly type: "restart"; readonly reason: ConnectReason }
  | { readonly type: "token" }
  | { readonly type: "tokenFailed"; readonly error: HoldfastError }
  /** `connection_status` came. */
  | { readonly type: "up" }
  | { readonly type: "synced" }
  /** Live for `steadyMs`. */
  | { readonly type: "steady" }
  | { readonly type: "latency"; readonly latencyMs: number }
  /** Could not be reached, or broke. */
  | { readonly type: "lost"; readonly error: HoldfastError }
  /** The server said no, with a reason. */
  | { readonly type: "rejected"; readonly error: HoldfastError }
  /** The server ended it without one. */
  | { readonly type: "kicked"; readonly error: HoldfastError }
  | { readonly type: "shutdown"; readonly returnMs: number }
  /** The wait is over. */
  | { readonly type: "due" }
  /** Hints of the platform, any of which may be wrong. */
  | { readonly type: "offline" }
  | { readonly type: "online" }
  | { readonly type: "wake" }
  /** A probe stayed without any answer. */
  | { readonly type: "silent"; readonly error: HoldfastError };

/** What the driver is to do; `retry` waits until the new state's `retryAt`. */
export type Effect =
  | "token"
  | "open"
  | "close"
  | "retry"
  | "cancel"
  | "steady"
  | "probe"
  | "watch"
  | "unwatch";

/** All that a transition may know of the world. */
export interface Surroundings {
  readonly now: number;
  /** From 0 to 1, drawn anew for each event. */
  readonly jitter: number;
  readonly isOffline: boolean;
  /** Another token can be had. */
  readonly canAuthenticate: boolean;
  readonly timings: Timings;
}

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}
