import type { Entity } from "../../../sdk/protocol/index.ts";
import type { PageCursor, StorePage, StoreSnapshot } from "../store.ts";
import type { ProjectState } from "./project-state.ts";

export function snapshotOf({ position, table, registers }: ProjectState): StoreSnapshot {
  const entities: Record<string, readonly Entity[]> = {};
  for (const [collection, { rows }] of table.collections) {
    if (rows.size > 0) entities[collection] = Array.from(rows.values(), (row) => row.entity);
  }
  return { position, entities, registers: Object.fromEntries(registers) };
}

/** Up to `limit` entities by (collection, id) after the cursor. */
export function pageOf(state: ProjectState, after: PageCursor | undefined, limit: number): StorePage {
  const { position, table, registers } = state;
  const entities: Record<string, readonly Entity[]> = {};
  let next: PageCursor | undefined;
  let room = limit;
  for (const collection of [...table.collections.keys()].sort()) {
    if (after !== undefined && collection < after.collection) continue;
    const { rows, sortedIds } = table.collections.get(collection) ?? {};
    // One more than there is room for tells whether another page follows.
    const ids = sortedIds?.after(collection === after?.collection ? after.id : undefined, room + 1) ?? [];
    const taken = ids.slice(0, room).flatMap((id) => rows?.get(id)?.entity ?? []);
    if (taken.length > 0) entities[collection] = taken;
    room -= taken.length;
    if (ids.length > taken.length) {
      const last = taken.at(-1);
      next = last === undefined ? lastOf(entities) : { collection, id: last.id };
      break;
    }
  }
  return {
    position,
    entities,
    total: table.size,
    ...(next !== undefined && { next }),
    registers: Object.fromEntries(registers),
  };
}

/** Where a page ends that was full just before the collection that follows it. */
function lastOf(entities: Readonly<Record<string, readonly Entity[]>>): PageCursor | undefined {
  const last = Object.entries(entities).at(-1);
  const id = last?.[1].at(-1)?.id;
  return last === undefined || id === undefined ? undefined : { collection: last[0], id };
}
