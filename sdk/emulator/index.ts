export { createGroundTracker, type GroundTracker } from "./ground-tracker.ts";
export { installEmulatorGuards } from "./guards.ts";
export type { HeadlessTerminal } from "./headless-emulator.ts";
export { createMirror, type MirrorOptions } from "./mirror.ts";
export type { Mirror, MirrorSnapshot, MirrorSnapshotOptions } from "./mirror-contract.ts";
export type { Palette } from "./palette.ts";
export type { PublicTerminal } from "./public-terminal.ts";
export { EMULATOR_QUERIES, type EmulatorQuery, type SwallowedQueries, swallowQueries } from "./queries.ts";
export type { RecordSlice } from "./record-store.ts";
export { createSanitizer, type Sanitizer, type SanitizerOptions } from "./sanitizer.ts";
export { exactSnapshot, type SnapshotOptions } from "./snapshot.ts";
export {
  createTerminalLog,
  type LogSnapshot,
  type TerminalLog,
  type TerminalLogOptions,
} from "./terminal-log.ts";
export type { ExitInfo, TerminalCursor, TerminalRecord } from "./terminal-record.ts";
export { characterBoundary } from "./utf8-character.ts";
