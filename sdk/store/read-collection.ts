import type { Entity } from "../protocol/index.ts";
import type { Source } from "../util/source.ts";
import { createIdentities } from "./identities.ts";
import type { Notifier } from "./notifier.ts";
import { createSelection } from "./selection.ts";
import type { Table } from "./table.ts";

/**
 * One collection as it is shown: base with the overlay on top. As a source its snapshot is `list()`.
 * Order: by `createdAt`, then by id; what the server has not taken yet comes last.
 */
export interface ReadCollection<E extends Entity = Entity> extends Source<readonly E[]> {
  get(id: string): E | undefined;
  list(): readonly E[];
  /** The same source for the same id. */
  entity(id: string): Source<E | undefined>;
  /** The same source for the same function; told only when its own list changes. The predicate must be pure. */
  where(predicate: (entity: E) => boolean): Source<readonly E[]>;
}

export function createReadCollection(
  table: Table,
  notifier: Notifier,
  onError: (error: unknown) => void,
): ReadCollection {
  const selections = new WeakMap<(entity: Entity) => boolean, Source<readonly Entity[]>>();
  const entities = createIdentities<Source<Entity | undefined>>();
  return {
    get: table.shown,
    list: table.list,
    getSnapshot: table.list,
    subscribe: (listener) => table.listeners.add(listener),
    entity: (id) =>
      entities.get(id, () => ({
        getSnapshot: () => table.shown(id),
        subscribe: (listener) => table.entityListeners(id).add(listener),
      })),
    where(predicate) {
      const known = selections.get(predicate);
      if (known !== undefined) return known;
      const created = createSelection(table, predicate, notifier, onError);
      selections.set(predicate, created);
      return created;
    },
  };
}
