import type { Entity } from "../protocol/index.ts";
import type { BaseCommit, OverlayChange, Store } from "../store/index.ts";
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
  /** It was made anew for an entity that changed. */
  onRefit(entry: Entry): void;
  /** The base holds it: it leaves the ledger. */
  onSynced(entry: Entry, entity: Entity | null): void;
}

/** What the screen shows of pending writes: recomputed for an entity when its base or its writes change, for no other. */
export interface Overlay {
  /** As `OverlayChange` has it: `undefined` when the base shows through. */
  of(collection: string, id: string): Entity | null | undefined;
  rebase(commit: BaseCommit): readonly OverlayChange[];
  /** Whether the base holds an acknowledged write, or never will, being of another project. */
  isHeld(entry: Entry): boolean;
  /** The base holds `entry`: marks what must have been decided before it, and gives that. */
  decide(entry: Entry): readonly Entry[];
}

const NONE: readonly OverlayChange[] = [];

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
    if (entry.wasSent || intent.kind !== "patch" || !intent.positional || intent.ifVersion !== undefined)
      return;
    if (value === undefined || madeOn === undefined || value === madeOn) return;
    entry.intent = refit(intent, madeOn, value, entry.recipe, record);
    entry.madeOn = value;
    options.onRefit(entry);
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
    const mark = (earlier: Entry): void => {
      if (earlier.projectId !== entry.projectId || earlier.isDecided || earlier.acked !== undefined) return;
      earlier.isDecided = true;
      decided.push(earlier);
    };
    /** Of the same entity adopted ones too, where they went before it on every connection that carried it. */
    const markSiblings = (later: Entry): void => {
      for (const earlier of ledger.ofEntity(later.collection, later.entityId)) {
        if (earlier.order >= later.order) break;
        if ((earlier.sentAs ?? Infinity) < (later.sentAs ?? -1)) mark(earlier);
      }
    };
    for (const earlier of ledger.all()) {
      if (earlier.clientId !== entry.clientId) continue;
      if (earlier.order >= entry.order) break;
      mark(earlier);
    }
    markSiblings(entry);
    for (const one of decided) markSiblings(one);
    return decided;
  };

  const settle = (entry: Entry, due: Due): void => {
    due.add(entry.collection, entry.entityId);
    for (const earlier of decide(entry)) due.add(earlier.collection, earlier.entityId);
    options.onSynced(entry, store.base(entry.collection, entry.resultId) ?? null);
  };

  /** Writes of ours whose events came. */
  const confirm = ({ confirmed, projectId }: BaseCommit, due: Due): void => {
    for (const { mutationId, collection, id, result } of confirmed) {
      const entry = ledger.get(mutationId);
      if (entry === undefined || entry.projectId !== projectId || entry.collection !== collection) continue;
      if (id !== entry.entityId && entry.event !== "mail:send") continue;
      entry.resultId = id;
      if (result !== null) entry.handle.acknowledge(result);
      settle(entry, due);
    }
  };

  return {
    of,
    isHeld,
    decide,
    rebase(commit) {
      if (ledger.size === 0 && standIns.size === 0) return NONE;
      const { before, position } = commit;
      if (before !== undefined && position !== undefined && before.epoch !== position.epoch) {
        leave(before.epoch);
        // Acknowledged in a history that is neither the new one nor the old: the new base is the truth all the same.
        for (const { acked } of ledger.acknowledged) {
          if (acked !== undefined && acked.epoch !== position.epoch) leave(acked.epoch);
        }
      }
      const due = createDue();
      confirm(commit, due);
      for (const entry of ledger.acknowledged) if (isHeld(entry)) settle(entry, due);
      if (commit.replaced) {
        for (const { collection, entityId } of ledger.all()) due.add(collection, entityId);
        for (const { collection, id } of standIns.clear()) due.add(collection, id);
      }
      for (const [collection, entities] of commit.base) {
        for (const id of entities.keys()) {
          if (ledger.has(collection, id) || standIns.has(collection, id)) due.add(collection, id);
        }
      }
      return due.all().map(({ collection, id }) => ({ collection, id, entity: of(collection, id) }));
    },
  };
}

interface Due {
  add(collection: string, id: string): void;
  all(): readonly { readonly collection: string; readonly id: string }[];
}

/** Entities to recompute, each once; made only when there is one, since most commits touch nothing of ours. */
function createDue(): Due {
  let keys: Map<string, { readonly collection: string; readonly id: string }> | undefined;
  return {
    add(collection, id) {
      keys ??= new Map();
      keys.set(entityKey(collection, id), { collection, id });
    },
    all: () => (keys === undefined ? [] : [...keys.values()]),
  };
}
