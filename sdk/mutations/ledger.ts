import type { Entry } from "./entry.ts";

/** Every write that the base does not hold yet, in order, and those of each entity. Decides nothing. */
export interface Ledger {
  readonly size: number;
  get(id: string): Entry | undefined;
  /** Whether an entity has any. */
  has(collection: string, id: string): boolean;
  /** Writes of one entity, in order. */
  ofEntity(collection: string, id: string): readonly Entry[];
  /** Those of one client in order; adopted ones after those that were there. */
  all(): Iterable<Entry>;
  /** Answered by the server, the answer not yet in the base. */
  readonly answered: ReadonlySet<Entry>;
  add(entry: Entry): void;
  answer(entry: Entry): void;
  remove(entry: Entry): void;
}

const NONE: readonly Entry[] = [];

export function createLedger(): Ledger {
  const entries = new Map<string, Entry>();
  const byEntity = new Map<string, Map<string, Entry[]>>();
  const answered = new Set<Entry>();

  const siblings = (collection: string, id: string): Entry[] | undefined => byEntity.get(collection)?.get(id);

  return {
    get size() {
      return entries.size;
    },
    answered,
    get: (id) => entries.get(id),
    has: (collection, id) => siblings(collection, id) !== undefined,
    ofEntity: (collection, id) => siblings(collection, id) ?? NONE,
    all: () => entries.values(),
    add(entry) {
      const { collection, entityId } = entry;
      entries.set(entry.id, entry);
      const before = siblings(collection, entityId);
      if (before !== undefined) {
        // Adopted ones come before what is there.
        const at = before.findIndex(({ order }) => order > entry.order);
        before.splice(at === -1 ? before.length : at, 0, entry);
        return;
      }
      const ids = byEntity.get(collection);
      if (ids === undefined) byEntity.set(collection, new Map([[entityId, [entry]]]));
      else ids.set(entityId, [entry]);
    },
    answer: (entry) => void answered.add(entry),
    remove(entry) {
      if (!entries.delete(entry.id)) return;
      answered.delete(entry);
      const left = siblings(entry.collection, entry.entityId)?.filter((other) => other !== entry) ?? [];
      const ids = byEntity.get(entry.collection);
      if (left.length === 0) ids?.delete(entry.entityId);
      else ids?.set(entry.entityId, left);
    },
  };
}
