import { randomUUID } from "node:crypto";
import { openRedisStore, type RedisStore, type RedisStoreOptions } from "../../server/store/redis-store.ts";
import { StoreUnavailable } from "../../server/store/store.ts";
import { elapse } from "../support/elapse.ts";
import { PATIENCE_MS } from "../support/patience.ts";

/** Stores of several nodes on the same Redis server, and of one corner of it. */
export async function openNodes(
  url: string,
  count: number,
  options: RedisStoreOptions = {},
): Promise<readonly RedisStore[]> {
  const prefix = `test-${randomUUID()}`;
  return Promise.all(Array.from({ length: count }, () => openRedisStore(url, { prefix, ...options })));
}

/** Does it again as long as the store is out of reach, as the SDK does with a mutation. @throws after `deadlineMs` */
export async function persist<T>(action: () => Promise<T>, deadlineMs = PATIENCE_MS): Promise<T> {
  const until = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || performance.now() > until) throw error;
      // A client waits for as long as it is told; a tenth of it makes more of a test.
      await elapse(error.retryAfterMs / 10);
    }
  }
}
