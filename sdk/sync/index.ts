export { createSync, type Sync, type SyncOptions } from "./sync.ts";
export type { SyncState } from "./sync-state.ts";
export type { SyncTrace } from "./sync-trace.ts";
