export { createSync } from "./sync.ts";
export type { TraceSync } from "./sync-trace.ts";
