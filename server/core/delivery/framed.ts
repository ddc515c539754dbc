import type { Change, Entity, FramedEnvelope } from "../../../sdk/protocol/index.ts";
import type { CommittedEvent } from "../../store/store.ts";

/** What `{id, version, set: {}, unset: []}` adds to the fields that changed. */
const OVERHEAD = 48;

/** An event as it stands in a frame: with what changed instead of the whole entity, where that is smaller. */
export function framed({ envelope, change }: CommittedEvent): FramedEnvelope {
  // Only updates of entities have a change.
  if (change === undefined || !isSmaller(change, envelope.data as Entity)) return envelope;
  const { data: _, ...rest } = envelope;
  return { ...rest, change };
}

/**
 * Whether a change takes less text than its entity. What it sets is part of the entity, so only what it leaves out
 * must outweigh the names it removes; lengths are compared in full only when that is not plain.
 */
export function isSmaller(change: Change, entity: Entity): boolean {
  const { set, unset = [] } = change;
  let removed = OVERHEAD;
  for (const name of unset) removed += name.length + 3;
  let left = 0;
  // A look at three fields says so of most: not worth a list of all of them.
  for (const name in entity) {
    if (name === "id" || name === "version" || Object.hasOwn(set, name)) continue;
    const value = entity[name];
    left += name.length + (typeof value === "string" ? value.length + 6 : 5);
    if (left > removed) return true;
  }
  return JSON.stringify(change).length < JSON.stringify(entity).length;
}
