/* Bounds of terminals (section 8), read as `TERMINAL_LIMITS.name`. */

const KIB = 1024;
const MIB = 1024 * KIB;

export const cols = 80;
export const rows = 24;
export const maxSide = 1_000;
export const ringBytes = 1 * MIB;
export const deltaBytes = 256 * KIB;
export const windowMin = 16 * KIB;
export const windowMax = 512 * KIB;
export const windowDefault = 256 * KIB;
export const frameBytes = 64 * KIB;
export const batchMs = 16;
export const echoBatchMs = 4;
export const historyDefault = 1_000;
export const historyMax = 10_000;
export const heldBytes = 64;
export const heldMs = 100;
export const ownerGraceMs = 30_000;
export const endedMs = 5 * 60_000;
export const inputMs = 5_000;
export const inputKeptViewers = 1_000;
export const inputBytes = 64 * KIB;
export const ownerKeepsBytes = 1 * MIB;
export const ownerUnreadBytes = 8 * MIB;
export const activityMs = 1_000;
