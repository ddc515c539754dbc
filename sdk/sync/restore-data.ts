import type { Change, Entity } from "../protocol/index.ts";

/** What an event says of its entity beside the change. */
type EventFields = Pick<Entity, "seq" | "updatedAt">;

/** The entity after a change of top-level fields. Says nothing of whether the change fits. */
export function applyChange(base: Entity, { version, set, unset = [] }: Change, about?: EventFields): Entity {
  const entity: Record<string, unknown> & { id: string } = { ...base, ...about, ...set, id: base.id };
  for (const field of unset) delete entity[field];
  entity["version"] = version;
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
  return applyChange(base, change, { seq: event.seq, updatedAt: event.timestamp });
}
