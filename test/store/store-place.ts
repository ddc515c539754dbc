import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLmdbStore } from "../../server/store/lmdb-store.ts";
import { createMemoryStore } from "../../server/store/memory-store.ts";
import type { Retention, Store } from "../../server/store/store.ts";

export interface StoreOptions {
  readonly createEpoch?: () => string;
  readonly retention?: Partial<Retention>;
  readonly now?: () => number;
  readonly onError?: (error: unknown) => void;
}

/** Somewhere a store lives, for one test. */
export interface StorePlace {
  /** Opens the store; after it was closed it may be opened again and has what it had, if its kind is persistent. */
  open(options?: StoreOptions): Promise<Store>;
  /** How many records of the store `action` looked at. */
  countReads(store: Store, action: () => Promise<unknown>): Promise<number>;
  remove(): Promise<void>;
}

export interface StoreKind {
  readonly isPersistent: boolean;
  createPlace(): Promise<StorePlace>;
}

export const memoryKind: StoreKind = {
  isPersistent: false,
  createPlace: async () => ({
    open: async (options) => createMemoryStore(options),
    countReads: (_, action) => countMapSteps(action),
    remove: async () => undefined,
  }),
};

export const lmdbKind: StoreKind = {
  isPersistent: true,
  async createPlace() {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-store-"));
    const opened = new Map<Store, { readonly gets: number; readonly entriesRead: number }>();
    return {
      async open(options) {
        const store = await openLmdbStore(folder, options);
        opened.set(store, store.stats);
        return store;
      },
      async countReads(store, action) {
        const total = (): number => {
          const stats = opened.get(store);
          return stats === undefined ? Number.NaN : stats.gets + stats.entriesRead;
        };
        const before = total();
        await action();
        return total() - before;
      },
      async remove() {
        for (const store of opened.keys()) await store.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

/** Counts what iteration over Maps visits meanwhile: the tables of the memory store are Maps. */
async function countMapSteps(action: () => Promise<unknown>): Promise<number> {
  const { entries, keys, values, forEach, [Symbol.iterator]: iterator } = Map.prototype;
  let steps = 0;
  const counted = <A>(iterate: (this: Map<unknown, unknown>) => MapIterator<A>) =>
    function* counting(this: Map<unknown, unknown>): Generator<A> {
      for (const item of { [Symbol.iterator]: () => iterate.call(this) }) {
        steps += 1;
        yield item;
      }
    };
  Object.assign(Map.prototype, {
    entries: counted(entries),
    keys: counted(keys),
    values: counted(values),
    [Symbol.iterator]: counted(iterator),
    forEach(this: Map<unknown, unknown>, visit: (value: unknown, key: unknown) => void) {
      steps += this.size;
      forEach.call(this, (value, key) => visit(value, key));
    },
  });
  try {
    await action();
  } finally {
    Object.assign(Map.prototype, { entries, keys, values, forEach, [Symbol.iterator]: iterator });
  }
  return steps;
}
