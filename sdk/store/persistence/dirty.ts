import type { Entity } from "../../protocol/index.ts";
import type { BaseCommit } from "../batch.ts";
import { bucketOf } from "./bucket-of.ts";
import type { KeptWrite } from "./persistence.ts";
import type { Bucket } from "./vault.ts";

/** What is not kept yet. Gathers until it is taken. */
export interface Dirty {
  note(commit: BaseCommit): void;
  /** All of the base. */
  noteAll(): void;
  put(write: KeptWrite): void;
  /** The base holds it: it may go once that base is kept. */
  settle(write: KeptWrite): void;
  remove(id: string): void;
  /** Whether the base changed. */
  readonly hasBase: boolean;
  takeBase(): DirtyBase;
  /** @param settled whether settled writes may go, or are to be kept as they are now */
  takeWrites(settled: "keep" | "go"): DirtyWrites;
  clear(): void;
}

export interface DirtyWrites {
  readonly put: readonly KeptWrite[];
  readonly remove: readonly string[];
}

export interface DirtyBase {
  readonly isAll: boolean;
  readonly buckets: ReadonlyMap<string, ReadonlySet<number>>;
}

export function createDirty(): Dirty {
  let isAll = false;
  /** The position moves without an entity where an event is only a notice. */
  let hasMoved = false;
  let buckets = new Map<string, Set<number>>();
  const puts = new Map<string, KeptWrite>();
  const settled = new Set<string>();
  const removals = new Set<string>();

  const mark = (collection: string, bucket: number): void => {
    const marked = buckets.get(collection);
    if (marked === undefined) buckets.set(collection, new Set([bucket]));
    else marked.add(bucket);
  };
  const takeBase = (): DirtyBase => {
    const taken = { isAll, buckets };
    isAll = false;
    hasMoved = false;
    buckets = new Map();
    return taken;
  };

  return {
    get hasBase() {
      return isAll || hasMoved;
    },
    takeBase,
    note({ replaced, base }) {
      hasMoved = true;
      if (replaced) isAll = true;
      for (const [collection, entities] of base)
        for (const id of entities.keys()) mark(collection, bucketOf(id));
    },
    noteAll() {
      isAll = true;
    },
    put: (write) => void puts.set(write.id, write),
    settle(write) {
      puts.set(write.id, write);
      settled.add(write.id);
    },
    remove(id) {
      puts.delete(id);
      settled.delete(id);
      removals.add(id);
    },
    takeWrites(what) {
      if (what === "go") {
        for (const id of settled) puts.delete(id);
        for (const id of settled) removals.add(id);
        settled.clear();
      }
      const taken = { put: [...puts.values()], remove: [...removals] };
      puts.clear();
      removals.clear();
      return taken;
    },
    clear() {
      takeBase();
      puts.clear();
      settled.clear();
      removals.clear();
    },
  };
}

/** The buckets that changed as the base has them now, empty ones included. */
export function bucketsOf(
  set: DirtyBase,
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
