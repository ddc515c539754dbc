import type { Entity, SnapshotAck } from "../protocol/index.ts";
import type { Tables } from "../store/index.ts";

/** Entities handled before the page gets a turn: about 2 ms. */
const CHUNK = 2_000;

/**
 * A snapshot in the making, page by page, beside the base that is shown meanwhile.
 * An entity that did not change keeps its identity, so that nobody is told of it.
 */
export interface Stage {
  readonly tables: Tables;
  readonly size: number;
  /** @param pause gives the page a turn. */
  add(page: SnapshotAck, pause: () => Promise<void>): Promise<void>;
}

/**
 * @param before an entity of the base shown now.
 * @param sameHistory whether that base is of the snapshot's epoch: then version and seq tell an entity.
 */
export function createStage(
  before: (collection: string, id: string) => Entity | undefined,
  sameHistory: boolean,
): Stage {
  const tables = new Map<string, Map<string, Entity>>();
  let size = 0;

  const keep = (collection: string, entity: Entity): Entity => {
    const known = before(collection, entity.id);
    if (known === undefined || known.version !== entity.version || known.seq !== entity.seq) return entity;
    return sameHistory || JSON.stringify(known) === JSON.stringify(entity) ? known : entity;
  };

  return {
    tables,
    get size() {
      return size;
    },
    async add(page, pause) {
      let left = CHUNK;
      for (const [collection, entities] of collectionsOf(page)) {
        const table = tables.get(collection) ?? new Map<string, Entity>();
        tables.set(collection, table);
        for (const entity of entities) {
          table.set(entity.id, keep(collection, entity));
          left -= 1;
          if (left > 0) continue;
          left = CHUNK;
          await pause();
        }
        size += entities.length;
      }
    },
  };
}

function* collectionsOf(page: SnapshotAck): Iterable<readonly [string, readonly Entity[]]> {
  if (page.project !== null && page.project !== undefined) yield ["projects", [page.project]];
  yield ["sessions", page.sessions ?? []];
  yield ["tasks", page.tasks ?? []];
  yield ["teamMembers", page.teamMembers ?? []];
  yield ["mail", page.mail ?? []];
  yield* Object.entries(page.collections ?? {});
}
