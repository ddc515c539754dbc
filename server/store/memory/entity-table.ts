import type { Entity } from "../../../sdk/protocol/index.ts";
import { type AgeHeap, createAgeHeap } from "./age-heap.ts";
import { createRecencyList, type Linked, type RecencyList } from "./recency-list.ts";
import { createSortedIds, type SortedIds } from "./sorted-ids.ts";

/** An entity in its place in the order of changes. */
export interface Row extends Linked {
  readonly collection: string;
  entity: Entity;
}

/** The live entities of one project by collection and id, and in the order of their last change. */
export interface EntityTable {
  readonly size: number;
  readonly collections: ReadonlyMap<string, Shelf>;
  entity(collection: string, id: string): Entity | undefined;
  count(collection: string): number;
  oldest(collection: string): Entity | undefined;
  /** Puts it at the end of the order: call in rising order of seq. */
  put(collection: string, entity: Entity): void;
  remove(collection: string, id: string): void;
  /** Rows changed after `seq`, in rising order; costs what it returns. */
  changedAfter(seq: number): Row[];
}

/** One collection. */
export interface Shelf {
  readonly rows: ReadonlyMap<string, Row>;
  readonly sortedIds: SortedIds;
}

interface OwnShelf extends Shelf {
  readonly rows: Map<string, Row>;
  readonly ages: AgeHeap;
}

export function createEntityTable(): EntityTable {
  const shelves = new Map<string, OwnShelf>();
  const order: RecencyList<Row> = createRecencyList();
  let size = 0;

  function shelf(collection: string): OwnShelf {
    const known = shelves.get(collection);
    if (known !== undefined) return known;
    const made = createShelf();
    shelves.set(collection, made);
    return made;
  }

  return {
    get size() {
      return size;
    },
    collections: shelves,
    entity: (collection, id) => shelves.get(collection)?.rows.get(id)?.entity,
    count: (collection) => shelves.get(collection)?.rows.size ?? 0,
    oldest: (collection) => shelves.get(collection)?.ages.oldest(),
    put(collection, entity) {
      const { rows, sortedIds, ages } = shelf(collection);
      const row = rows.get(entity.id);
      if (row !== undefined) {
        order.remove(row);
        row.entity = entity;
        order.add(row);
        return;
      }
      const made: Row = { collection, entity, older: undefined, newer: undefined };
      rows.set(entity.id, made);
      order.add(made);
      sortedIds.added(entity.id);
      ages.added(entity);
      size += 1;
    },
    remove(collection, id) {
      const row = shelves.get(collection)?.rows.get(id);
      if (row === undefined) return;
      shelves.get(collection)?.rows.delete(id);
      order.remove(row);
      size -= 1;
    },
    changedAfter(seq) {
      const changed: Row[] = [];
      // As above: every member of this order is a row.
      for (
        let row = order.newest;
        row !== undefined && row.entity.seq > seq;
        row = row.older as Row | undefined
      ) {
        changed.push(row);
      }
      return changed.reverse();
    },
  };
}

function createShelf(): OwnShelf {
  const rows = new Map<string, Row>();
  return {
    rows,
    sortedIds: createSortedIds(rows),
    ages: createAgeHeap({
      get size() {
        return rows.size;
      },
      find: (id) => rows.get(id)?.entity,
      *all() {
        for (const row of rows.values()) yield row.entity;
      },
    }),
  };
}
