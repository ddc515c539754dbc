import type { Change, Entity } from "../protocol/index.ts";

/** The entity after a change of top-level fields. Says nothing of whether the change fits. */
export function applyChange(base: Entity, change: Change): Entity {
  const entity: Record<string, unknown> & { id: string } = { ...base, ...change.set, id: base.id };
  for (const field of change.unset ?? []) delete entity[field];
  entity["version"] = change.version;
  // What the spread took from an entity is one again: only `set` of the server was laid over it.
  return entity as unknown as Entity;
}

/**
 * The entity that an `*:updated` event with `change` stands for; `undefined` if the change is not on the version
 * we hold, and then the base is not to be trusted.
 */
export function restoreData(
  base: Entity | undefined,
  change: Change,
  event: { readonly seq: number; readonly timestamp: number },
): Entity | undefined {
  if (base === undefined || base.version !== change.version - 1) return undefined;
  return applyChange({ ...base, seq: event.seq, updatedAt: event.timestamp }, change);
}
