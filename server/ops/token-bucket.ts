import type { Bucket } from "../../sdk/protocol/index.ts";

/** A bucket that is full at first and refills evenly. */
export interface TokenBucket {
  /** Takes a token and says 0, or takes none and says after how many milliseconds there is one. */
  take(): number;
}

/**
 * Kept as the one moment at which the bucket would be full again, which needs no timer and no fractions of tokens.
 * @see https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export function createTokenBucket({ perSecond, burst }: Bucket, now: () => number): TokenBucket {
  const intervalMs = 1_000 / perSecond;
  const patienceMs = (burst - 1) * intervalMs;
  let seenAt = now();
  let fullAt = seenAt;
  return {
    take() {
      const at = now();
      // A clock that was set back takes the bucket along: it gains nothing and loses nothing.
      if (at < seenAt) fullAt -= seenAt - at;
      seenAt = at;
      const from = Math.max(fullAt, at);
      const waitMs = from - at - patienceMs;
      if (waitMs > 0) return Math.ceil(waitMs);
      fullAt = from + intervalMs;
      return 0;
    },
  };
}
