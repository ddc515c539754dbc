import { type LmdbStoreOptions, openLmdbStore } from "./lmdb-store.ts";
import { createMemoryStore } from "./memory-store.ts";
import { openRedisStore } from "./redis-store.ts";
import type { Store } from "./store.ts";

export type OpenStoreOptions = LmdbStoreOptions;

/** Whether `spec` names a store that several servers can share. */
export function isRedisUrl(spec: string): boolean {
  return /^rediss?:\/\//.test(spec);
}

/**
 * Opens the store that `spec` names: `memory`, `redis://…` or `rediss://…`, else the folder of an LMDB store. A store
 * that is one already is returned as it is.
 * @throws StoreOpenError
 */
export async function openStore(spec: string | Store, options: OpenStoreOptions = {}): Promise<Store> {
  if (typeof spec !== "string") return spec;
  if (spec === "memory") return createMemoryStore(options);
  if (isRedisUrl(spec)) return openRedisStore(spec, options);
  return openLmdbStore(spec, options);
}
