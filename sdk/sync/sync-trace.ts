import type { Position } from "../protocol/index.ts";
import type { SyncReason } from "./sync-state.ts";

/** What sync decided and why, for `client.trace`. */
export type SyncTrace =
  | {
      readonly type: "sync";
      /** `current`: nothing was missed. */
      readonly outcome: "current" | "delta" | "snapshot";
      readonly reason: SyncReason;
      readonly from: Position | undefined;
      readonly to: Position;
      readonly counts: SyncCounts;
      readonly durationMs: number;
    }
  | { readonly type: "sync:start"; readonly reason: SyncReason; readonly since: Position | undefined }
  | { readonly type: "sync:failed"; readonly code: string; readonly retryInMs: number }
  | {
      readonly type: "event:dropped" | "event:held" | "events:overflow";
      readonly seq: number;
      readonly position: Position | undefined;
    }
  | { readonly type: "state:reset"; readonly epoch: string; readonly seq: number };

export interface SyncCounts {
  readonly upserted: number;
  readonly patched: number;
  readonly removed: number;
  readonly events: number;
  readonly eventsLost: number;
  readonly pages: number;
  /** Live events that waited for this sync and were taken after it. */
  readonly held: number;
}
