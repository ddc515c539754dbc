import { type Entry, entityKey } from "./entry.ts";

/** Every write that the base does not hold yet, in order, and those of each entity. Decides nothing. */
export interface Ledger {
  readonly size: number;
  get(id: string): Entry | undefined;
  /** Writes of one entity, in order. */
  ofEntity(collection: string, id: string): readonly Entry[];
  all(): Iterable<Entry>;
  /** Taken by the server, not yet in the base. */
  readonly acknowledged: ReadonlySet<Entry>;
  add(entry: Entry): void;
  acknowledge(entry: Entry): void;
  remove(entry: Entry): void;
}

const NONE: readonly Entry[] = [];

export function createLedger(): Ledger {
  const entries = new Map<string, Entry>();
  const byEntity = new Map<string, Entry[]>();
  const acknowledged = new Set<Entry>();
  return {
    get size() {
      return entries.size;
    },
    acknowledged,
    get: (id) => entries.get(id),
    ofEntity: (collection, id) => byEntity.get(entityKey(collection, id)) ?? NONE,
    all: () => entries.values(),
    add(entry) {
      entries.set(entry.id, entry);
      const key = entityKey(entry.collection, entry.entityId);
      const siblings = byEntity.get(key);
      if (siblings === undefined) byEntity.set(key, [entry]);
      else siblings.push(entry);
    },
    acknowledge: (entry) => void acknowledged.add(entry),
    remove(entry) {
      if (!entries.delete(entry.id)) return;
      acknowledged.delete(entry);
      const key = entityKey(entry.collection, entry.entityId);
      const siblings = byEntity.get(key)?.filter((other) => other !== entry) ?? [];
      if (siblings.length === 0) byEntity.delete(key);
      else byEntity.set(key, siblings);
    },
  };
}
