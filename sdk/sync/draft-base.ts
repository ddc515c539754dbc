import type { Entity } from "../protocol/index.ts";
import type { Changes, Confirmation } from "../store/index.ts";

/** The base as it will be: reads through to what is there, gathers what changes. */
export interface DraftBase {
  get(collection: string, id: string): Entity | undefined;
  set(collection: string, id: string, entity: Entity | null): void;
  confirm(confirmation: Confirmation): void;
  readonly changes: Changes;
  readonly confirmed: readonly Confirmation[];
}

export function createDraftBase(under: (collection: string, id: string) => Entity | undefined): DraftBase {
  const changes = new Map<string, Map<string, Entity | null>>();
  const confirmed: Confirmation[] = [];
  return {
    changes,
    confirmed,
    get(collection, id) {
      const changed = changes.get(collection)?.get(id);
      return changed === undefined ? under(collection, id) : (changed ?? undefined);
    },
    set(collection, id, entity) {
      const entities = changes.get(collection);
      if (entities === undefined) changes.set(collection, new Map([[id, entity]]));
      else entities.set(id, entity);
    },
    confirm: (confirmation) => void confirmed.push(confirmation),
  };
}
