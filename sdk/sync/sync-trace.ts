import type { Position } from "../protocol/index.ts";
import type { SyncReason } from "./sync-state.ts";

/** What sync decided and why, for `client.trace`: the detail of each entry by its name. */
export interface SyncTraces {
  readonly sync: {
    /** `current`: nothing was missed. */
    readonly outcome: "current" | "delta" | "snapshot";
    readonly reason: SyncReason;
    readonly from: Position | undefined;
    readonly to: Position;
    readonly counts: SyncCounts;
    readonly durationMs: number;
  };
  readonly "sync:start": { readonly reason: SyncReason; readonly since: Position | undefined };
  readonly "sync:failed": { readonly code: string; readonly retryInMs: number };
  readonly "event:dropped": { readonly seq: number; readonly position: Position | undefined };
  readonly "event:held": { readonly seq: number; readonly position: Position | undefined };
  readonly "state:reset": { readonly epoch: string; readonly seq: number };
}

export type TraceSync = <Name extends keyof SyncTraces>(name: Name, detail: SyncTraces[Name]) => void;

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
