import { randomUUID } from "node:crypto";
import { openRedisStore, type RedisStore } from "../../server/store/redis-store.ts";
import type { Store } from "../../server/store/store.ts";
import type { StoreKind } from "../store/store-place.ts";

/** Stores on the Redis server at an address, each in a corner of its own. */
export function redisKind(url: string): StoreKind {
  return {
    isPersistent: true,
    async createPlace() {
      const prefix = `test-${randomUUID()}`;
      const opened = new Map<Store, RedisStore["stats"]>();
      return {
        async open(options) {
          const store = await openRedisStore(url, { ...options, prefix });
          opened.set(store, store.stats);
          return store;
        },
        async countReads(store, action) {
          const total = (): number => opened.get(store)?.records ?? Number.NaN;
          const before = total();
          await action();
          return total() - before;
        },
        async remove() {
          for (const store of opened.keys()) await store.close();
        },
      };
    },
  };
}
