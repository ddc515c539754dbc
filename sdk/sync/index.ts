export { createSync } from "./sync.ts";
export type { SyncTrace } from "./sync-trace.ts";
