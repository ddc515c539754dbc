/*
 * Bounds of the protocol (sections 2–14), read as `LIMITS.name`; each is an export of its own, so that a page carries
 * only those it keeps to. Sizes in bytes, times in milliseconds.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

export const idLength = 128;
export const userIdLength = 256;
export const titleLength = 500;
export const frameBytes = 1 * MIB;
export const entityBytes = 256 * KIB;
export const entitiesPerProject = 100_000;
export const mailPerProject = 10_000;
export const patches = 256;
export const patchDepth = 16;
export const removalsKept = 10_000;
export const eventsKept = 500;
export const heldEvents = 1_000;
export const pageEntities = 5_000;
export const snapshotEntities = 50_000;
export const mutationsKept = 10_000;
export const mutationsKeptMs = 24 * 60 * 60_000;
export const highestKeptMs = 30 * 24 * 60 * 60_000;
export const roomsPerSocket = 200;
export const maxFocused = 4;
export const modalsPerSession = 8;
export const channelsPerProject = 256;
export const channelEvents = 1_000;
export const channelBytes = 1 * MIB;
export const channelEventBytes = 64 * KIB;
export const channelIdleMs = 24 * 60 * 60_000;
export const bootstrapSlots = 32;
export const bootstrapBytes = 1 * MIB;
export const unsentBytes = 4 * MIB;
export const authenticateMs = 10_000;
export const batchMs = 16;
export const pingIntervalMs = 25_000;
export const pingTimeoutMs = 20_000;
export const expiringMs = 60_000;
export const clockToleranceMs = 5_000;
export const agentGraceMs = 30_000;
export const spawnMs = 60_000;
export const shutdownMs = 10_000;
