import type { Entity } from "../../../sdk/protocol/index.ts";
import { appendTo } from "../append-to.ts";

/** Entities by collection, of those by `collection id`. */
export function listsOf(entities: ReadonlyMap<string, Entity>): Record<string, readonly Entity[]> {
  const lists = new Map<string, Entity[]>();
  for (const [name, entity] of entities) appendTo(lists, name.slice(0, name.indexOf(" ")), entity);
  return Object.fromEntries(lists);
}
