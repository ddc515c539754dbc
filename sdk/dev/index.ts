export type { AppSocket, DevBuild, DevError, DevSave } from "../protocol/index.ts";
export { createDevSync, type DevSync, type DevSyncOptions, type HotOptions } from "./create-dev-sync.ts";
export type { DevEventName, DevEvents } from "./dev-events.ts";
export type { DevState } from "./dev-link.ts";
export type { Accept, HotModule, HotState, HotUpdate } from "./hot-module.ts";
