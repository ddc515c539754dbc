import type { Entity } from "../protocol/index.ts";
import type { BaseCommit, OverlayChanges, Store } from "../store/index.ts";
import { type Entry, entityKey } from "./entry.ts";
import { hasPassed } from "./has-passed.ts";
import { applyIntent, refit } from "./intent.ts";
import type { Ledger } from "./ledger.ts";
import type { RecordEdit } from "./record-edit.ts";
import type { StandIns } from "./stand-ins.ts";

export interface OverlayOptions {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly record: RecordEdit;
  readonly standIns: StandIns;
  /** The base holds it: it leaves the ledger. */
  onSynced(entry: Entry, entity: Entity | null): void;
}

/** What the screen shows of pending writes: recomputed for an entity when its base or its writes change, for no other. */
export interface Overlay {
  /** As `OverlayChanges` has it: `undefined` when the base shows through. */
  of(collection: string, id: string): Entity | null | undefined;
  rebase(commit: BaseCommit): OverlayChanges | undefined;
  /** Whether the base holds an acknowledged write, or never will, being of another project. */
  isHeld(entry: Entry): boolean;
  /** The base holds `entry`: marks what must have been decided before it, and gives that. */
  decide(entry: Entry): readonly Entry[];
}

/** Epochs the base has left, kept to place late acks. */
const MAX_LEFT = 16;

export function createOverlay(options: OverlayOptions): Overlay {
  const { store, ledger, record, standIns } = options;
  const left = new Set<string>();

  const of = (collection: string, id: string): Entity | null | undefined => {
    const base = store.base(collection, id);
    const known = standIns.over(collection, id, base);
    let value = known;
    for (const entry of ledger.ofEntity(collection, id)) {
      if (entry.projectId !== store.projectId || entry.isDecided) continue;
      if (entry.intent.kind === "create" && entry.wasSent && value !== undefined) {
        // It is there: ours, or the one that will refuse ours. Should it go again, ours is not to come back.
        entry.isDecided = true;
        continue;
      }
      fit(entry, value);
      value = applyIntent(value, entry.intent, known);
    }
    return value === base ? undefined : (value ?? null);
  };

  /** A positional intent follows its entity until it is sent. */
  const fit = (entry: Entry, value: Entity | undefined): void => {
    const { intent, madeOn } = entry;
    if (entry.wasSent || intent.kind !== "patch" || !intent.positional) return;
    if (value === undefined || madeOn === undefined || value === madeOn) return;
    entry.intent = refit(intent, madeOn, value, entry.recipe, record);
    entry.madeOn = value;
  };

  const leave = (epoch: string): void => {
    left.add(epoch);
    const [oldest] = left;
    if (left.size > MAX_LEFT && oldest !== undefined) left.delete(oldest);
  };

  const isHeld = (entry: Entry): boolean =>
    entry.acked !== undefined &&
    (store.projectId === undefined ||
      entry.projectId !== store.projectId ||
      hasPassed(store.position, entry.acked, left));

  const decide = (entry: Entry): readonly Entry[] => {
    const decided: Entry[] = [];
    for (const earlier of ledger.all()) {
      if (earlier.order >= entry.order) break;
      if (earlier.clientId !== entry.clientId || earlier.projectId !== entry.projectId) continue;
      if (earlier.isDecided || earlier.acked !== undefined) continue;
      earlier.isDecided = true;
      decided.push(earlier);
    }
    return decided;
  };

  return {
    of,
    isHeld,
    decide,
    rebase(commit) {
      const { before, position, projectId } = commit;
      if (ledger.size === 0 && standIns.size === 0) return undefined;
      const due = new Map<string, readonly [string, string]>();
      const touch = (collection: string, id: string): void =>
        void due.set(entityKey(collection, id), [collection, id]);
      const touchOf = (entry: Entry): void => touch(entry.collection, entry.entityId);
      const settle = (entry: Entry): void => {
        touchOf(entry);
        for (const earlier of decide(entry)) touchOf(earlier);
        options.onSynced(entry, store.base(entry.collection, entry.resultId) ?? null);
      };

      for (const { mutationId, collection, id, result } of commit.confirmed) {
        const entry = ledger.get(mutationId);
        if (entry === undefined || entry.projectId !== projectId || entry.collection !== collection) continue;
        if (id !== entry.entityId && entry.event !== "mail:send") continue;
        entry.resultId = id;
        if (result !== null) entry.handle.acknowledge(result);
        settle(entry);
      }
      if (before !== undefined && position !== undefined && before.epoch !== position.epoch) {
        leave(before.epoch);
        // Acknowledged in a history that is neither the new one nor the old: the new base is the truth all the same.
        for (const { acked } of ledger.acknowledged) {
          if (acked !== undefined && acked.epoch !== position.epoch) leave(acked.epoch);
        }
      }
      for (const entry of ledger.acknowledged) if (isHeld(entry)) settle(entry);
      if (commit.replaced) {
        for (const entry of ledger.all()) touchOf(entry);
        for (const { collection, id } of standIns.clear()) touch(collection, id);
      }
      for (const [collection, entities] of commit.base) {
        for (const id of entities.keys()) {
          if (standIns.has(collection, id) || ledger.ofEntity(collection, id).length > 0)
            touch(collection, id);
        }
      }
      const changes = new Map<string, Map<string, Entity | null | undefined>>();
      for (const [collection, id] of due.values()) {
        const entities = changes.get(collection) ?? new Map<string, Entity | null | undefined>();
        changes.set(collection, entities.set(id, of(collection, id)));
      }
      return changes;
    },
  };
}
