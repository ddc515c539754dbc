import type { Entity } from "../protocol/index.ts";
import { createListeners, type Listeners, type Notifier } from "./notifier.ts";
import { createOrderedList } from "./ordered-list.ts";

/** Someone who follows the shown entities one by one, as a filtered list does. */
export interface Follower {
  change(id: string, before: Entity | undefined, after: Entity | undefined): void;
  /** Everything may have changed. */
  replaced(): void;
}

/**
 * One collection: a mutable map of immutable entities (base) and another of what is shown instead (overlay).
 * Writes gather until `settle`, which compares what is shown with what was and makes due those who see a difference.
 */
export interface Table {
  /** Rises with every change of what is shown. */
  readonly version: number;
  readonly base: ReadonlyMap<string, Entity>;
  readonly listeners: Listeners;
  shown(id: string): Entity | undefined;
  list(): readonly Entity[];
  all(): Entity[];
  entityListeners(id: string): Listeners;
  follow(follower: Follower): () => void;
  setBase(id: string, entity: Entity | null): void;
  /** Takes the map over. Comes before any other write of a commit. */
  replaceBase(entities: Map<string, Entity>): void;
  setOverlay(id: string, entity: Entity | null | undefined): void;
  clearOverlay(): void;
  settle(): void;
}

interface Shown {
  readonly base: ReadonlyMap<string, Entity>;
  readonly overlay: ReadonlyMap<string, Entity | null>;
}

function shownOf(base: Shown["base"], overlay: Shown["overlay"], id: string): Entity | undefined {
  const over = overlay.get(id);
  return over === undefined ? base.get(id) : (over ?? undefined);
}

function countShown({ base, overlay }: Shown): number {
  let count = base.size;
  for (const [id, entity] of overlay) {
    if (base.has(id)) count -= 1;
    if (entity !== null) count += 1;
  }
  return count;
}

export function createTable(notifier: Notifier): Table {
  let base = new Map<string, Entity>();
  const overlay = new Map<string, Entity | null>();
  /** What was shown before the writes of this commit, by id. */
  const touched = new Map<string, Entity | undefined>();
  /** What was shown before a replacement, until `settle`. */
  let previous: Shown | undefined;
  let version = 0;
  const order = createOrderedList();
  const listeners = createListeners();
  const byId = new Map<string, Listeners>();
  const followers = new Set<Follower>();

  const shown = (id: string): Entity | undefined => shownOf(base, overlay, id);

  const all = (): Entity[] => {
    const entities: Entity[] = [];
    if (overlay.size === 0) {
      for (const entity of base.values()) entities.push(entity);
      return entities;
    }
    for (const [id, entity] of base) if (!overlay.has(id)) entities.push(entity);
    for (const entity of overlay.values()) if (entity !== null) entities.push(entity);
    return entities;
  };

  const touch = (id: string): void => {
    if (previous === undefined && !touched.has(id)) touched.set(id, shown(id));
  };

  const settleReplaced = (before: Shown): void => {
    previous = undefined;
    const after = all();
    const wasShown = (id: string): Entity | undefined => shownOf(before.base, before.overlay, id);
    if (after.length === countShown(before) && after.every((entity) => wasShown(entity.id) === entity))
      return;
    version += 1;
    order.invalidate();
    notifier.due(listeners);
    for (const [id, subscriptions] of byId) if (wasShown(id) !== shown(id)) notifier.due(subscriptions);
    for (const follower of followers) follower.replaced();
  };

  return {
    get version() {
      return version;
    },
    get base() {
      return base;
    },
    listeners,
    shown,
    all,
    list: () => order.read(all),
    entityListeners(id) {
      const known = byId.get(id);
      if (known !== undefined) return known;
      const created = createListeners(() => void byId.delete(id));
      byId.set(id, created);
      return created;
    },
    follow(follower) {
      followers.add(follower);
      return () => void followers.delete(follower);
    },
    setBase(id, entity) {
      touch(id);
      if (entity === null) base.delete(id);
      else base.set(id, entity);
    },
    replaceBase(entities) {
      previous ??= { base, overlay: new Map(overlay) };
      base = entities;
    },
    setOverlay(id, entity) {
      touch(id);
      if (entity === undefined) overlay.delete(id);
      else overlay.set(id, entity);
    },
    clearOverlay() {
      for (const id of overlay.keys()) touch(id);
      overlay.clear();
    },
    settle() {
      if (previous !== undefined) settleReplaced(previous);
      if (touched.size === 0) return;
      let changed = false;
      for (const [id, before] of touched) {
        const after = shown(id);
        if (before === after) continue;
        changed = true;
        order.change(id, before, after);
        const subscriptions = byId.get(id);
        if (subscriptions !== undefined) notifier.due(subscriptions);
        for (const follower of followers) follower.change(id, before, after);
      }
      touched.clear();
      if (!changed) return;
      version += 1;
      notifier.due(listeners);
    },
  };
}
