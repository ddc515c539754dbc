import type { HoldfastError } from "../errors.ts";

/** Where the base stands. Every state but `current` says why it is not. */
export type SyncState =
  /** The link is down. */
  | { readonly name: "down" }
  | {
      readonly name: "syncing";
      readonly reason: SyncReason;
      /** Entities of a paged snapshot so far; `total` is an estimate until the last page. */
      readonly progress?: { readonly done: number; readonly total: number };
      /** Why the last attempt failed; another follows. */
      readonly error?: HoldfastError;
    }
  /** The base follows the server event by event. */
  | { readonly name: "current" }
  /** The server refuses to tell, as for a project that may no longer be read. Ends with the connection. */
  | { readonly name: "failed"; readonly error: HoldfastError };

export type SyncReason =
  /** The link came up. */
  | "connect"
  /** Events are missing, or more came than were held. */
  | "gap"
  /** The history cannot be continued. */
  | "epoch"
  /** A change did not fit the entity it was for: the base is not to be trusted. */
  | "base"
  /** An acknowledged mutation did not arrive in the base in time. */
  | "overdue"
  /** Asked for by the application. */
  | "asked";
