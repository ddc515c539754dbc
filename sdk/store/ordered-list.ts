import type { Entity } from "../protocol/index.ts";

/** By `createdAt`, then id; what the server has not taken yet (version 0) comes last. */
export function compareEntities(a: Entity, b: Entity): number {
  if ((a.version === 0) !== (b.version === 0)) return a.version === 0 ? 1 : -1;
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/**
 * A sorted array that is brought up to date only when read, and then by what changed: one edit among 50,000 costs
 * a copy of the array (a few µs), not a sort. The array keeps its identity while nothing changed.
 */
export interface OrderedList {
  /** An entity came, changed or went; `before` is the very object the list holds. */
  change(id: string, before: Entity | undefined, after: Entity | undefined): void;
  /** Everything may have changed. */
  invalidate(): void;
  /** @param all gives all members in any order; called only when the array is made anew. */
  read(all: () => Entity[]): readonly Entity[];
}

/** Beyond this many moves at once, sorting anew is cheaper than splicing. */
const MAX_SPLICES = 64;

interface Move {
  readonly before: Entity | undefined;
  readonly after: Entity | undefined;
}

export function createOrderedList(): OrderedList {
  let items: readonly Entity[] = [];
  let stale = true;
  const moves = new Map<string, Move>();

  const invalidate = (): void => {
    stale = true;
    moves.clear();
  };

  const rebuild = (all: () => Entity[]): void => {
    const next = all().sort(compareEntities);
    if (!sameItems(items, next)) items = next;
  };

  const patch = (): boolean => {
    const next = items.slice();
    let splices = 0;
    for (const { before, after } of moves.values()) {
      if (before !== undefined && after !== undefined && compareEntities(before, after) === 0) {
        next[indexOf(next, before)] = after;
        continue;
      }
      splices += 1;
      if (splices > MAX_SPLICES) return false;
      if (before !== undefined) next.splice(indexOf(next, before), 1);
      if (after !== undefined) next.splice(indexOf(next, after), 0, after);
    }
    items = next;
    return true;
  };

  return {
    change(id, before, after) {
      if (stale) return;
      const first = moves.get(id);
      const from = first === undefined ? before : first.before;
      if (from === after) moves.delete(id);
      else moves.set(id, { before: from, after });
      // Most of it is new: it is made anew, and what else changes need not be kept.
      if (moves.size > items.length / 4) invalidate();
    },
    invalidate,
    read(all) {
      if (stale || (moves.size > 0 && !patch())) rebuild(all);
      stale = false;
      moves.clear();
      return items;
    },
  };
}

/** Where `entity` is, or belongs. */
function indexOf(items: readonly Entity[], entity: Entity): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = items[middle];
    if (found !== undefined && compareEntities(found, entity) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sameItems(a: readonly Entity[], b: readonly Entity[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
