export * as LIMITS from "./bounds.ts";

export * as TERMINAL_LIMITS from "./terminal-bounds.ts";

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
