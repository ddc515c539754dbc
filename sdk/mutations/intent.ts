import type { Entity, Patch } from "../protocol/index.ts";
import { applyPatches } from "./apply-patches.ts";
import { type Recipe, recordEdit } from "./record-edit.ts";

/** What a write wants of one entity: plain data, so that it can be stored. */
export type Intent =
  /** `ownId`: the id was made here, so nobody else can have taken it. */
  | { readonly kind: "create"; readonly value: Entity; readonly ownId: boolean }
  | PatchIntent
  | { readonly kind: "remove" }
  /** Its outcome cannot be told beforehand. */
  | { readonly kind: "none" }
  | KnownIntent;

export interface PatchIntent {
  readonly kind: "patch";
  readonly patches: readonly Patch[];
  /** Goes through an index of an array: holds on one version only. */
  readonly positional: boolean;
  /** Version it was sent for, or is bound to. */
  readonly ifVersion?: number;
}

/** Wants nothing any more: it was refused, and this is the entity as the refusal told, `null` if it is gone. */
export interface KnownIntent {
  readonly kind: "known";
  readonly entity: Entity | null;
  /** Tells one life of an id from another: it may be removed and made again. */
  readonly createdAt: number;
}

/** The entity after an intent, shown on `base` with earlier intents already in `value`. */
export function applyIntent(
  value: Entity | undefined,
  intent: Intent,
  base: Entity | undefined,
): Entity | undefined {
  switch (intent.kind) {
    case "create":
      // The base has it: it is in (its event came before its ack), or somebody else's id will refuse it.
      return value ?? intent.value;
    case "patch":
      if (value === undefined) return undefined;
      // On another version the server has applied it already or will refuse it: either way the base is the truth.
      if (intent.ifVersion !== undefined && base?.version !== intent.ifVersion) return value;
      return applyPatches(value, intent.patches) ?? value;
    case "remove":
      return undefined;
    case "none":
      return value;
    case "known":
      return intent.entity ?? undefined;
  }
}

/**
 * Fits a positional intent that was never sent to an entity that changed: as it is while the fields it goes through
 * are the same, else from its recipe. Where neither will do it is bound to version 0, which no entity has, for the
 * server to refuse: an index into another list means nothing.
 */
export function refit(
  intent: PatchIntent,
  madeOn: Entity,
  value: Entity,
  recipe: Recipe | undefined,
): PatchIntent {
  const isSameList = intent.patches.every(({ path: [field] }) =>
    isSame(madeOn[String(field)], value[String(field)]),
  );
  if (isSameList) return intent;
  const bound = { ...intent, ifVersion: 0 };
  if (recipe === undefined) return bound;
  try {
    return { kind: "patch", ...recordEdit(value, recipe) };
  } catch {
    // The recipe no longer fits what it finds.
    return bound;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
