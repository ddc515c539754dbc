import type { Entity, Position } from "../../../sdk/protocol/index.ts";
import { appendTo } from "../append-to.ts";
import { coalesceChanges, type KeptChange } from "../change-merge.ts";
import type { StoreChanges, StoreDelta } from "../store.ts";
import type { ProjectState } from "./project-state.ts";

/** What changed after `since`; costs what changed. `undefined` when only a snapshot will do. */
export function deltaOf(state: ProjectState, since: Position): StoreDelta | undefined {
  const { position, table, removals } = state;
  const from = since.seq;
  if (since.epoch !== position.epoch || from > position.seq || from < removals.droppedThrough)
    return undefined;

  const upserted = new Map<string, Entity[]>();
  for (const { collection, entity } of table.changedAfter(from)) appendTo(upserted, collection, entity);
  const removed = new Map<string, Set<string>>();
  for (const { collection, id } of removals.after(from)) {
    if (table.entity(collection, id) !== undefined) continue;
    const ids = removed.get(collection);
    if (ids === undefined) removed.set(collection, new Set([id]));
    else ids.add(id);
  }
  const kept = new Map<string, KeptChange[]>();
  for (const change of state.changes.after(from)) appendTo(kept, change.collection, change);

  const changes: Record<string, StoreChanges> = {};
  for (const collection of new Set([...upserted.keys(), ...removed.keys()])) {
    const entities = upserted.get(collection) ?? [];
    changes[collection] = {
      upserted: entities,
      changes: coalesceChanges(from, kept.get(collection) ?? [], entities),
      removed: [...(removed.get(collection) ?? [])],
    };
  }
  return {
    position,
    from,
    changes,
    ...eventsAfter(state, from),
    registers: Object.fromEntries(state.registers),
  };
}

function eventsAfter(
  { events, eventSeqs }: ProjectState,
  from: number,
): Pick<StoreDelta, "events" | "eventsLost"> {
  const kept = events.after(from);
  // From the start of the epoch all that were ever dropped count, else those still known by number.
  const missed = eventSeqs.countAfter(from) + (from === 0 ? eventSeqs.dropped : 0);
  return { events: kept, eventsLost: missed - kept.length };
}
