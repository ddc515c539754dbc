import type { Entity } from "../../protocol/index.ts";
import type { BaseCommit } from "../batch.ts";
import { bucketOf } from "./bucket-of.ts";
import type { KeptWrite } from "./persistence.ts";
import type { Bucket } from "./vault.ts";

/** What is not kept yet. Gathers until `take`; `giveBack` puts back what could not be kept. */
export interface Dirty {
  readonly isEmpty: boolean;
  note(commit: BaseCommit): void;
  /** All of the base. */
  noteAll(): void;
  put(write: KeptWrite): void;
  remove(id: string): void;
  take(): DirtySet;
  giveBack(set: DirtySet): void;
  clear(): void;
}

export interface DirtySet {
  readonly isAll: boolean;
  readonly buckets: ReadonlyMap<string, ReadonlySet<number>>;
  readonly moved: boolean;
  /** `null`: to be removed. */
  readonly writes: ReadonlyMap<string, KeptWrite | null>;
}

export function createDirty(): Dirty {
  let isAll = false;
  let moved = false;
  let buckets = new Map<string, Set<number>>();
  let writes = new Map<string, KeptWrite | null>();

  const mark = (collection: string, bucket: number): void => {
    const marked = buckets.get(collection);
    if (marked === undefined) buckets.set(collection, new Set([bucket]));
    else marked.add(bucket);
  };
  const clear = (): void => {
    isAll = false;
    moved = false;
    buckets = new Map();
    writes = new Map();
  };

  return {
    get isEmpty() {
      return !isAll && !moved && buckets.size === 0 && writes.size === 0;
    },
    note({ replaced, base }) {
      moved = true;
      if (replaced) isAll = true;
      for (const [collection, entities] of base) for (const id of entities.keys()) mark(collection, bucketOf(id));
    },
    noteAll() {
      isAll = true;
    },
    put: (write) => void writes.set(write.id, write),
    remove: (id) => void writes.set(id, null),
    take() {
      const set: DirtySet = { isAll, moved, buckets, writes };
      clear();
      return set;
    },
    giveBack(set) {
      isAll ||= set.isAll;
      moved ||= set.moved;
      for (const [collection, marked] of set.buckets) for (const bucket of marked) mark(collection, bucket);
      writes = new Map([...set.writes, ...writes]);
    },
    clear,
  };
}

/** The buckets of a set as the base has them now, empty ones included. */
export function bucketsOf(
  set: Pick<DirtySet, "isAll" | "buckets">,
  tables: ReadonlyMap<string, ReadonlyMap<string, Entity>>,
): readonly Bucket[] {
  const found: Bucket[] = [];
  for (const [collection, table] of tables) {
    const marked = set.isAll ? undefined : set.buckets.get(collection);
    if (!set.isAll && marked === undefined) continue;
    const members = new Map<number, Entity[]>();
    for (const bucket of marked ?? []) members.set(bucket, []);
    for (const entity of table.values()) {
      const bucket = bucketOf(entity.id);
      if (marked !== undefined && !marked.has(bucket)) continue;
      const list = members.get(bucket);
      if (list === undefined) members.set(bucket, [entity]);
      else list.push(entity);
    }
    for (const [bucket, entities] of members) found.push({ collection, bucket, entities });
  }
  return found;
}
