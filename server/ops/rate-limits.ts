import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from "rate-limiter-flexible";
import { BUCKETS, type BucketName } from "../../sdk/protocol/index.ts";
import type { Caller } from "../core/handler.ts";
import type { Principal } from "../core/ports/principal.ts";
import type { RateLimiter } from "../core/ports/rate-limiter.ts";
import { createTokenBucket, type TokenBucket } from "./token-bucket.ts";

type Limited = Exclude<BucketName, "none">;

export interface RateLimits extends RateLimiter {
  /** The principal's share alone, for callers that have no socket (HTTP). */
  takeFor(principal: Principal, bucket: Limited): number | Promise<number>;
}

/** One principal may have several sockets: four times the rate of one (protocol section 14). */
const PRINCIPAL_FACTOR = 4;

/** Where the windows of principals are kept that several servers share. */
export interface SharedWindows {
  /** A client of ioredis. */
  readonly client: object;
  readonly prefix: string;
}

/**
 * A socket's own buckets are exact and synchronous, so that a stream of input waits for nothing. A principal's are
 * kept by rate-limiter-flexible, as windows of the length in which a bucket refills: what they count, they forget by
 * themselves. With `shared` one window counts for all servers; while Redis is away each server counts for itself.
 */
export function createRateLimits(now: () => number, shared?: SharedWindows): RateLimits {
  const sockets = new WeakMap<Caller["peer"], Map<Limited, TokenBucket>>();
  const principals = new Map<string, RateLimiterAbstract>(
    Object.entries(BUCKETS).map(([name, { perSecond, burst }]) => {
      const window = { points: burst * PRINCIPAL_FACTOR, duration: burst / perSecond };
      const own = new RateLimiterMemory({ ...window, keyPrefix: name });
      if (shared === undefined) return [name, own] as const;
      const limiter = new RateLimiterRedis({
        ...window,
        keyPrefix: `${shared.prefix}:rate:${name}`,
        storeClient: shared.client,
        rejectIfRedisNotReady: true,
        insuranceLimiter: own,
        // Who is over it is refused without asking Redis each time.
        inMemoryBlockOnConsumed: window.points + 1,
      });
      return [name, limiter] as const;
    }),
  );

  async function consume(userId: string, bucket: Limited): Promise<number> {
    try {
      await principals.get(bucket)?.consume(userId);
      return 0;
    } catch (refusal) {
      // It rejects with the state of the window, or with an error of its own, which must not close the door.
      return refusal instanceof RateLimiterRes ? Math.max(1, refusal.msBeforeNext) : 0;
    }
  }

  const takeFor: RateLimits["takeFor"] = (principal, bucket) =>
    principal.local ? 0 : consume(principal.userId, bucket);

  function ownBucket(peer: Caller["peer"], name: Limited): TokenBucket {
    const buckets = sockets.get(peer) ?? new Map<Limited, TokenBucket>();
    sockets.set(peer, buckets);
    const bucket = buckets.get(name) ?? createTokenBucket(BUCKETS[name], now);
    buckets.set(name, bucket);
    return bucket;
  }

  return {
    take({ peer, principal }, bucket) {
      const retryAfterMs = ownBucket(peer, bucket).take();
      return retryAfterMs > 0 ? retryAfterMs : takeFor(principal, bucket);
    },
    takeFor,
    forget: ({ peer }) => void sockets.delete(peer),
  };
}
