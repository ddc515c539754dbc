import type { BucketName } from "../../../sdk/protocol/index.ts";
import type { Caller } from "../handler.ts";

/**
 * Judges how often a caller may send (protocol section 14): one bucket a socket, one a principal at four times that,
 * none of the latter for local callers.
 */
export interface RateLimiter {
  /** 0 when the event may pass, else milliseconds until the next one may. Never rejects. */
  take(caller: Caller, bucket: Exclude<BucketName, "none">): number | Promise<number>;
  /** The socket is gone: its buckets may go too. */
  forget(caller: Caller): void;
}

/** Lets everything pass. */
export const UNLIMITED: RateLimiter = { take: () => 0, forget: () => undefined };
