import type { Entity, Envelope, Position } from "../../../sdk/protocol/index.ts";
import { appendTo } from "../append-to.ts";
import { coalesceChanges, type KeptChange } from "../change-merge.ts";
import type { Listing, PageCursor, StoreChanges, StoreDelta, StorePage, StoreSnapshot } from "../store.ts";
import type { Entry, Reader } from "./database.ts";
import type { FrozenRead } from "./frozen-read.ts";
import { type Head, positionOf } from "./head.ts";
import { keys } from "./keys.ts";
import type { Removal } from "./plan-commit.ts";

export async function listOf(reader: FrozenRead, head: Head, collection: string): Promise<Listing> {
  const found = await reader.collect<Entity>(keys.collection(head.life, collection));
  return { items: found.map(({ value }) => value), position: positionOf(head) };
}

export async function snapshotOf(reader: FrozenRead, head: Head): Promise<StoreSnapshot> {
  const entities = byCollection(await reader.collect<Entity>(keys.entities(head.life)));
  return { position: positionOf(head), entities, registers: registersOf(reader, head) };
}

export async function pageOf(
  reader: FrozenRead,
  head: Head,
  after: PageCursor | undefined,
  limit: number,
): Promise<StorePage> {
  const { life } = head;
  const start = after === undefined ? {} : { after: keys.entity(life, after.collection, after.id) };
  // One more than asked for tells whether another page follows.
  const found = await reader.collect<Entity>(keys.entities(life), { ...start, limit: limit + 1 });
  const taken = found.slice(0, limit);
  const last = taken.at(-1);
  return {
    position: positionOf(head),
    entities: byCollection(taken),
    total: head.total,
    ...(found.length > limit &&
      last !== undefined && { next: { collection: String(last.key[2]), id: last.value.id } }),
    registers: registersOf(reader, head),
  };
}

/** Every `projects` entity; each project's own lies with it. */
export async function projectsOf(reader: FrozenRead): Promise<Entity[]> {
  const projects: Entity[] = [];
  for (const { value: head } of await reader.collect<Head>(keys.heads())) {
    for (const { value } of reader.range<Entity>(keys.collection(head.life, "projects")))
      projects.push(value);
    await reader.breathe();
  }
  return projects;
}

/** What changed after `since`; costs what changed. `undefined` when only a snapshot will do. */
export async function deltaOf(
  reader: FrozenRead,
  head: Head,
  since: Position,
): Promise<StoreDelta | undefined> {
  const from = since.seq;
  const { logs } = head;
  if (since.epoch !== head.epoch || from > head.seq || from < logs.removal.droppedThrough) return undefined;

  const upserted = await upsertedAfter(reader, head, from);
  const removed = await removedAfter(reader, head, from);
  const kept = new Map<string, KeptChange[]>();
  for (const { value } of await reader.collect<KeptChange>(
    keys.log(head.life, "change"),
    after(head, "change", from),
  )) {
    appendTo(kept, value.collection, value);
  }
  const changes: Record<string, StoreChanges> = {};
  for (const collection of new Set([...upserted.keys(), ...removed.keys()])) {
    const entities = upserted.get(collection) ?? [];
    changes[collection] = {
      upserted: entities,
      changes: coalesceChanges(from, kept.get(collection) ?? [], entities),
      removed: [...(removed.get(collection) ?? [])],
    };
  }
  const events = await reader.collect<Envelope>(keys.log(head.life, "event"), after(head, "event", from));
  return {
    position: positionOf(head),
    from,
    changes,
    events: events.map(({ value }) => value),
    eventsLost: missedEvents(reader, head, from) - events.length,
    registers: registersOf(reader, head),
  };
}

async function upsertedAfter({ collect, get, breathe }: FrozenRead, { life }: Head, from: number) {
  const upserted = new Map<string, Entity[]>();
  const changed = await collect<unknown>(keys.changes(life), { after: keys.changesFrom(life, from + 1) });
  for (const { key } of changed) {
    const [, , , collection, id] = key;
    const entity = get<Entity>(keys.entity(life, String(collection), String(id)));
    if (entity !== undefined) appendTo(upserted, String(collection), entity);
    await breathe();
  }
  return upserted;
}

async function removedAfter({ collect, get, breathe }: FrozenRead, head: Head, from: number) {
  const removed = new Map<string, Set<string>>();
  for (const { value } of await collect<Removal>(
    keys.log(head.life, "removal"),
    after(head, "removal", from),
  )) {
    const { collection, id } = value;
    await breathe();
    if (get(keys.entity(head.life, collection, id)) !== undefined) continue;
    const ids = removed.get(collection);
    if (ids === undefined) removed.set(collection, new Set([id]));
    else ids.add(id);
  }
  return removed;
}

/** How many kept events are after `from`, by the number each has; from the start of the epoch all that ever were. */
function missedEvents(reader: Reader, { life, logs }: Head, from: number): number {
  const { length, dropped } = logs.eventSeq;
  if (from === 0) return length + dropped;
  const log = keys.log(life, "eventSeq");
  for (const { value } of reader.range<number>(log, {
    through: [...log, from + 1],
    reverse: true,
    limit: 1,
  })) {
    return length + dropped - value;
  }
  return length;
}

function registersOf(reader: Reader, { life }: Head): Record<string, unknown> {
  return Object.fromEntries(
    Array.from(reader.range<unknown>(keys.registers(life)), ({ key, value }) => [String(key.at(-1)), value]),
  );
}

function after({ life }: Head, log: "removal" | "change" | "event", seq: number) {
  return { after: [...keys.log(life, log), seq + 1] };
}

function byCollection(entries: readonly Entry<Entity>[]): Record<string, Entity[]> {
  const lists = new Map<string, Entity[]>();
  for (const { key, value } of entries) appendTo(lists, String(key[2]), value);
  return Object.fromEntries(lists);
}
