import type { Entity } from "../../../sdk/protocol/index.ts";
import { appendTo } from "../append-to.ts";
import type { PageCursor, StorePage } from "../store.ts";
import type { Keys } from "./keys.ts";
import type { Project } from "./project.ts";
import { PAGE } from "./read-scripts.ts";
import { pairsOf, positionOf, type Standing, standingOf } from "./standing.ts";

/** Entities read by one script: some milliseconds at most. */
const AT_ONCE = 1_000;
/** Bytes that end such a read. */
const BYTES_AT_ONCE = 2 * 1024 * 1024;

/** Some entities in the order of names, as they were at one moment. */
export interface EntityPage {
  readonly standing: Standing;
  readonly entries: readonly (readonly [name: string, json: string])[];
  readonly hasMore: boolean;
  readonly registers: Readonly<Record<string, unknown>>;
}

/**
 * Reads up to `limit` entities in one script.
 * @param collection of it alone, if given
 * @param after a name, `collection id`
 */
export async function readEntities(
  project: Project,
  keys: Keys,
  collection: string | undefined,
  after: string | undefined,
  limit = AT_ONCE,
): Promise<EntityPage> {
  const { meta, ids, entities, registers } = keys.of(project.id);
  const low = collection === undefined ? "-" : `[${collection} `;
  // No character that a name holds is below the one after the space.
  const high = collection === undefined ? "+" : `(${collection}!`;
  const from = after === undefined ? low : `(${after}`;
  const args = [from, high, Math.min(limit, AT_ONCE), BYTES_AT_ONCE];
  const [, standing, found, more, named] = await project.ask(PAGE, [meta, ids, entities, registers], args);
  const read = standingOf(standing);
  project.saw(read.life);
  return {
    standing: read,
    entries: pairsOf(found),
    hasMore: more === 1,
    registers: Object.fromEntries(pairsOf(named).map(([name, json]) => [name, JSON.parse(json)])),
  };
}

/** A page of `limit` entities; a long one is put together from several reads and says the head of the first. */
export async function readPage(
  project: Project,
  keys: Keys,
  cursor: PageCursor | undefined,
  limit: number,
): Promise<StorePage> {
  const after = cursor === undefined ? undefined : `${cursor.collection} ${cursor.id}`;
  const first = await readEntities(project, keys, undefined, after, limit);
  const entries = [...first.entries];
  let last = first;
  while (last.hasMore && entries.length < limit) {
    const next = await readEntities(project, keys, undefined, entries.at(-1)?.[0], limit - entries.length);
    // What is read of another time of the project belongs to no page of this one.
    if (next.standing.epoch !== first.standing.epoch) break;
    last = next;
    entries.push(...next.entries);
  }
  const [name] = entries.at(-1) ?? [];
  return {
    position: positionOf(first.standing),
    entities: byCollection(entries),
    total: last.standing.total,
    ...(last.hasMore && name !== undefined && { next: cursorOf(name) }),
    registers: last.registers,
  };
}

function cursorOf(name: string): PageCursor {
  const space = name.indexOf(" ");
  return { collection: name.slice(0, space), id: name.slice(space + 1) };
}

function byCollection(
  entries: Iterable<readonly [name: string, json: string]>,
): Record<string, readonly Entity[]> {
  const lists = new Map<string, Entity[]>();
  for (const [name, json] of entries) appendTo(lists, name.slice(0, name.indexOf(" ")), JSON.parse(json));
  return Object.fromEntries(lists);
}
