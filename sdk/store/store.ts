import type { Entity, Position } from "../protocol/index.ts";
import { createEmitter } from "../util/emitter.ts";
import type { BaseCommit, Batch, Changes, OverlayChange, OverlayLayer } from "./batch.ts";
import { createNotifier } from "./notifier.ts";
import { createReadCollection, type ReadCollection } from "./read-collection.ts";
import { createTable, type Table } from "./table.ts";

export interface StoreOptions {
  readonly projectId: string;
  /** Hears what a subscriber threw; the others are told all the same. */
  onError(error: unknown): void;
}

/** What the server said (base) and what the screen shows (overlay on top). Knows no network and no intent. */
export interface Store {
  readonly projectId: string;
  /** Position of the base. */
  readonly position: Position | undefined;
  /** The same object for the same name. The caller knows the type that goes with the name. */
  collection<E extends Entity = Entity>(name: string): ReadCollection<E>;
  /** An entity as the server has it. */
  base(collection: string, id: string): Entity | undefined;
  /** The whole base, by collection. */
  tables(): ReadonlyMap<string, ReadonlyMap<string, Entity>>;
  /** The only way in: changes everything, then tells each subscriber of what changed, once. */
  commit(batch: Batch): void;
  /** Several commits told as one. */
  together(task: () => void): void;
  /** Another project, or another user: base, overlay and position are empty. */
  reset(projectId: string): void;
  /** Told of every change of the base, in order. For persistence. */
  onBase(listener: (commit: BaseCommit) => void): () => void;
  /** Sets who owns the overlay. */
  layer(layer: OverlayLayer): void;
}

const NONE: Changes = new Map();

interface Room {
  readonly table: Table;
  readonly collection: ReadCollection;
}

export function createStore(options: StoreOptions): Store {
  const { onError } = options;
  const notifier = createNotifier(onError);
  const rooms = new Map<string, Room>();
  const observers = createEmitter(onError);
  let projectId = options.projectId;
  let position: Position | undefined;
  let overlay: OverlayLayer | undefined;

  const room = (name: string): Room => {
    const known = rooms.get(name);
    if (known !== undefined) return known;
    const table = createTable(notifier);
    const created = { table, collection: createReadCollection(table, notifier, onError) };
    rooms.set(name, created);
    return created;
  };

  const show = (changes: readonly OverlayChange[]): void => {
    for (const { collection, id, entity } of changes) room(collection).table.setOverlay(id, entity);
  };

  /** The base is changed; asks the overlay's owner and the observers what follows. */
  const rebase = (batch: Batch, before: Position | undefined): void => {
    const commit: BaseCommit = {
      replaced: batch.replace !== undefined,
      base: batch.base ?? NONE,
      confirmed: batch.confirmed ?? [],
      position,
      before,
      projectId,
    };
    if (overlay !== undefined) show(overlay.rebase(commit));
    observers.emit("", commit);
  };

  const settle = (): void => {
    for (const { table } of rooms.values()) table.settle();
    notifier.flush();
  };

  return {
    get projectId() {
      return projectId;
    },
    get position() {
      return position;
    },
    collection<E extends Entity>(name: string) {
      // The type belongs to the name: whoever asks by name knows what its entities look like.
      return room(name).collection as unknown as ReadCollection<E>;
    },
    base: (collection, id) => rooms.get(collection)?.table.base.get(id),
    tables: () => new Map([...rooms].map(([name, { table }]) => [name, table.base])),
    commit(batch) {
      const before = position;
      if (batch.replace !== undefined) {
        for (const name of batch.replace.keys()) room(name);
        for (const [name, { table }] of rooms)
          table.replaceBase(batch.replace.get(name) ?? new Map<string, Entity>());
      }
      if (batch.base !== undefined) {
        for (const [name, entities] of batch.base) {
          const { table } = room(name);
          for (const [id, entity] of entities) table.setBase(id, entity);
        }
      }
      if (batch.position !== undefined) position = batch.position;
      const touchesBase = (batch.replace ?? batch.base ?? batch.position ?? batch.confirmed) !== undefined;
      if (touchesBase) rebase(batch, before);
      if (batch.overlay !== undefined) show(batch.overlay);
      settle();
      if (touchesBase) overlay?.after();
    },
    together: notifier.together,
    reset(next) {
      const before = position;
      projectId = next;
      position = undefined;
      for (const { table } of rooms.values()) {
        table.replaceBase(new Map());
        table.clearOverlay();
      }
      rebase({ replace: new Map() }, before);
      settle();
      overlay?.after();
    },
    onBase: (listener) => observers.on("", listener),
    layer(next) {
      overlay = next;
    },
  };
}
