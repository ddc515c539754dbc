import type { Entity, Position } from "../protocol/index.ts";
import type { BaseCommit, OverlayChange, Store } from "../store/index.ts";
import type { Entry } from "./entry.ts";
import { applyIntent, refit } from "./intent.ts";
import type { Ledger } from "./ledger.ts";

export interface OverlayOptions {
  readonly store: Store;
  readonly ledger: Ledger;
  /** It was made anew for an entity that changed, or is decided. */
  onChange(entry: Entry): void;
  /** The base holds it: it leaves the ledger. */
  onSynced(entry: Entry, entity: Entity | null): void;
}

/** What the screen shows of writes: recomputed for an entity when its base or its writes change, for no other. */
export interface Overlay {
  /** As `OverlayChange` has it: `undefined` when the base shows through. */
  of(collection: string, id: string): Entity | null | undefined;
  rebase(commit: BaseCommit): readonly OverlayChange[];
  /** Whether the base holds an answered write, or never will, being of another project. */
  isHeld(entry: Entry): boolean;
  /** The base holds `entry`: marks what must have been decided before it, and gives that. */
  decide(entry: Entry): readonly Entry[];
}

const NONE: readonly OverlayChange[] = [];

export function createOverlay(options: OverlayOptions): Overlay {
  const { store, ledger } = options;
  /** The epoch the base left last. Epochs have no order of their own: any other than these two is still to come. */
  let leftEpoch: string | undefined;

  const of = (collection: string, id: string): Entity | null | undefined => {
    const base = store.base(collection, id);
    let ground = base;
    let value = base;
    for (const entry of ledger.ofEntity(collection, id)) {
      if (entry.projectId !== store.projectId || entry.isDecided) continue;
      if (entry.intent.kind === "create" && entry.wasSent && value !== undefined) {
        // It is there: ours, or the one that will refuse ours. Should it go again, ours is not to come back.
        entry.isDecided = true;
        options.onChange(entry);
        continue;
      }
      fit(entry, value);
      value = applyIntent(value, entry.intent, ground);
      if (entry.intent.kind === "known") ground = value;
    }
    return value === base ? undefined : (value ?? null);
  };

  /** A positional intent follows its entity until it is sent. */
  const fit = (entry: Entry, value: Entity | undefined): void => {
    const { intent, madeOn } = entry;
    if (entry.wasSent || intent.kind !== "patch" || !intent.positional || intent.ifVersion !== undefined)
      return;
    if (value === undefined || madeOn === undefined || value === madeOn) return;
    entry.intent = refit(intent, madeOn, value, entry.recipe);
    entry.madeOn = value;
    options.onChange(entry);
  };

  const hasPassed = (acked: Position): boolean => {
    const { position } = store;
    if (position?.epoch !== acked.epoch) return acked.epoch === leftEpoch;
    return position.seq >= acked.seq;
  };

  const isHeld = ({ projectId, acked, intent, collection, entityId }: Entry): boolean => {
    if (acked === undefined) return false;
    if (projectId !== store.projectId) return true;
    if (intent.kind !== "known") return hasPassed(acked);
    // A refusal names no place in the history, and one that is told again may be of another.
    const base = store.base(collection, entityId);
    if (store.position === undefined) return false;
    return base?.createdAt !== intent.createdAt || base.version >= (intent.entity?.version ?? Infinity);
  };

  const decide = (entry: Entry): readonly Entry[] => {
    const decided: Entry[] = [];
    const mark = (earlier: Entry): void => {
      if (earlier.projectId !== entry.projectId || earlier.isDecided) return;
      // What was acknowledged waits for its own place, unless that is in a history before this one.
      if (earlier.acked !== undefined && earlier.acked.epoch === store.position?.epoch) return;
      earlier.isDecided = true;
      options.onChange(earlier);
      decided.push(earlier);
    };
    /** Of the same entity adopted ones too, where they went before it on every connection that carried it. */
    const markSiblings = (later: Entry): void => {
      for (const earlier of ledger.ofEntity(later.collection, later.entityId)) {
        if (earlier.order >= later.order) break;
        if (later.isOurs && (earlier.sentAs ?? Infinity) < (later.sentAs ?? -1)) mark(earlier);
      }
    };
    // A refusal tells of its entity and nothing else: what was decided before it may be in events still on their way.
    const isKnown = entry.intent.kind === "known";
    for (const earlier of isKnown ? ledger.ofEntity(entry.collection, entry.entityId) : ledger.all()) {
      if (earlier.clientId !== entry.clientId) continue;
      if (earlier.order >= entry.order) break;
      mark(earlier);
    }
    markSiblings(entry);
    for (const one of decided) markSiblings(one);
    return decided;
  };

  /** The entities to recompute, each once. */
  type Due = Map<string, readonly [collection: string, id: string]>;

  const add = (due: Due, collection: string, id: string): void =>
    void due.set(`${collection}/${id}`, [collection, id]);

  const settle = (entry: Entry, due: Due): void => {
    add(due, entry.collection, entry.entityId);
    for (const earlier of decide(entry)) add(due, earlier.collection, earlier.entityId);
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

  /** Takes out what the base holds now; gives the entities to recompute. */
  const settleAll = (commit: BaseCommit, isAnew: boolean): Due => {
    const due: Due = new Map();
    confirm(commit, due);
    for (const entry of ledger.answered) {
      // Of a history that is neither the new one nor the old: the new base is the truth all the same.
      const isPast = isAnew && entry.acked?.epoch !== commit.position?.epoch;
      if (isPast || isHeld(entry)) settle(entry, due);
    }
    if (commit.replaced) for (const { collection, entityId } of ledger.all()) add(due, collection, entityId);
    for (const [collection, entities] of commit.base) {
      for (const id of entities.keys()) if (ledger.has(collection, id)) add(due, collection, id);
    }
    return due;
  };

  return {
    of,
    isHeld,
    decide,
    rebase(commit) {
      const { before, position } = commit;
      const isAnew = before !== undefined && position !== undefined && before.epoch !== position.epoch;
      if (isAnew) leftEpoch = before.epoch;
      if (ledger.size === 0) return NONE;
      const changes: OverlayChange[] = [];
      const show = (collection: string, id: string): void => {
        changes.push({ collection, id, entity: of(collection, id) });
      };
      // Most commits touch at most one entity of ours, and end nothing.
      if (commit.replaced || commit.confirmed.length > 0 || ledger.answered.size > 0) {
        for (const entity of settleAll(commit, isAnew).values()) show(...entity);
      } else {
        for (const [collection, entities] of commit.base) {
          for (const id of entities.keys()) if (ledger.has(collection, id)) show(collection, id);
        }
      }
      return changes;
    },
  };
}
