const KIB = 1024;
const MIB = 1024 * KIB;

/** Bounds of the protocol (sections 2–14). Sizes in bytes, times in milliseconds. */
export const LIMITS = {
  idLength: 128,
  userIdLength: 256,
  titleLength: 500,
  frameBytes: 1 * MIB,
  entityBytes: 256 * KIB,
  entitiesPerProject: 100_000,
  mailPerProject: 10_000,
  patches: 256,
  patchDepth: 16,
  removalsKept: 10_000,
  eventsKept: 500,
  heldEvents: 1_000,
  pageEntities: 5_000,
  snapshotEntities: 50_000,
  mutationsKept: 10_000,
  mutationsKeptMs: 24 * 60 * 60_000,
  highestKeptMs: 30 * 24 * 60 * 60_000,
  roomsPerSocket: 200,
  maxFocused: 4,
  modalsPerSession: 8,
  channelsPerProject: 256,
  channelEvents: 1_000,
  channelBytes: 1 * MIB,
  channelEventBytes: 64 * KIB,
  channelIdleMs: 24 * 60 * 60_000,
  bootstrapSlots: 32,
  bootstrapBytes: 1 * MIB,
  unsentBytes: 4 * MIB,
  authenticateMs: 10_000,
  batchMs: 16,
  pingIntervalMs: 25_000,
  pingTimeoutMs: 20_000,
  expiringMs: 60_000,
  clockToleranceMs: 5_000,
  agentGraceMs: 30_000,
  spawnMs: 60_000,
  shutdownMs: 10_000,
} as const;

/** Bounds of terminals (section 8). */
export const TERMINAL_LIMITS = {
  cols: 80,
  rows: 24,
  maxSide: 1_000,
  ringBytes: 1 * MIB,
  deltaBytes: 256 * KIB,
  windowMin: 16 * KIB,
  windowMax: 512 * KIB,
  windowDefault: 256 * KIB,
  frameBytes: 64 * KIB,
  batchMs: 16,
  echoBatchMs: 4,
  historyDefault: 1_000,
  historyMax: 10_000,
  heldBytes: 64,
  heldMs: 100,
  ownerGraceMs: 30_000,
  endedMs: 5 * 60_000,
  inputMs: 5_000,
  inputKeptViewers: 1_000,
  inputBytes: 64 * KIB,
  ownerKeepsBytes: 1 * MIB,
  ownerUnreadBytes: 8 * MIB,
  activityMs: 1_000,
} as const;

/** A token bucket: `perSecond` tokens a second, at most `burst` at once (section 14). */
export interface Bucket {
  readonly perSecond: number;
  readonly burst: number;
}

export const BUCKETS = {
  input: { perSecond: 200, burst: 1_000 },
  publish: { perSecond: 200, burst: 1_000 },
  mail: { perSecond: 5, burst: 20 },
  mutate: { perSecond: 100, burst: 500 },
  other: { perSecond: 50, burst: 200 },
} as const satisfies Record<string, Bucket>;

/** `none`: never refused for rate. */
export type BucketName = keyof typeof BUCKETS | "none";
