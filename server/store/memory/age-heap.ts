import type { Entity } from "../../../sdk/protocol/index.ts";

/** Finds the entity of a collection with the lowest `createdAt`, then seq. Costs nothing until first asked. */
export interface AgeHeap {
  added(entity: Entity): void;
  oldest(): Entity | undefined;
}

/** The entities of the collection, as they are now. */
export interface AgedEntities {
  readonly size: number;
  find(id: string): Entity | undefined;
  all(): Iterable<Entity>;
}

interface Aged {
  readonly id: string;
  readonly createdAt: number;
  readonly seq: number;
}

const SLACK = 64;

/**
 * A binary heap built at the first question. Updates and removals are not told: `createdAt` never changes and seq only
 * rises, so an entry never stands too far down; what comes to the top out of date is put right or left out there.
 */
export function createAgeHeap(live: AgedEntities): AgeHeap {
  let heap: Aged[] | undefined;

  function swap(a: number, b: number): void {
    const [x, y] = [heap?.[a], heap?.[b]];
    if (heap === undefined || x === undefined || y === undefined) return;
    heap[a] = y;
    heap[b] = x;
  }

  function isBefore(a: number, b: number): boolean {
    const [x, y] = [heap?.[a], heap?.[b]];
    if (x === undefined || y === undefined) return false;
    return x.createdAt < y.createdAt || (x.createdAt === y.createdAt && x.seq < y.seq);
  }

  function rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!isBefore(at, parent)) return;
      swap(at, parent);
      at = parent;
    }
  }

  function sink(from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      let least = at;
      if (isBefore(left, least)) least = left;
      if (isBefore(left + 1, least)) least = left + 1;
      if (least === at) return;
      swap(at, least);
      at = least;
    }
  }

  function push({ id, createdAt, seq }: Entity): void {
    if (heap === undefined) return;
    heap.push({ id, createdAt, seq });
    rise(heap.length - 1);
  }

  function pop(): void {
    if (heap === undefined) return;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    sink(0);
  }

  return {
    added(entity) {
      push(entity);
      // Most of it went away without coming to the top: the next question builds it anew.
      if (heap !== undefined && heap.length > 2 * live.size + SLACK) heap = undefined;
    },
    oldest() {
      if (heap === undefined) {
        heap = [];
        for (const entity of live.all()) push(entity);
      }
      for (;;) {
        const top = heap[0];
        if (top === undefined) return undefined;
        const entity = live.find(top.id);
        if (entity !== undefined && entity.createdAt === top.createdAt && entity.seq === top.seq)
          return entity;
        pop();
        // A newer life of the same id has an entry of its own from when it was added, if its age differs.
        if (entity !== undefined && entity.createdAt === top.createdAt) push(entity);
      }
    },
  };
}
