import { HoldfastError } from "../errors.ts";
import type { Entity, Patch } from "../protocol/index.ts";
import { LIMITS } from "../protocol/limits.ts";
import { copyAsDraft } from "./diff-draft.ts";
import { toJson } from "./to-json.ts";

/** What a recipe did to an entity. */
export interface Edit {
  readonly patches: readonly Patch[];
  /** Some patch goes through an index of an array, so it holds on this version only. */
  readonly positional: boolean;
}

/** Changes a draft, as Immer's recipes do. */
export type Recipe = (draft: Record<string, unknown>) => void;

const SERVER_FIELDS: readonly unknown[] = ["id", "projectId", "version", "seq", "createdAt", "updatedAt"];

/** @throws HoldfastError `BAD_REQUEST` for a field that is the server's; TypeError for a recipe that is none */
export function recordEdit(shown: Entity, recipe: Recipe): Edit {
  const { draft, diff } = copyAsDraft(shown);
  const outcome: unknown = recipe(draft);
  // `draft => draft.title = "x"` returns what it assigned; only a promise or another entity is a mistake.
  if (outcome instanceof Promise) throw new TypeError("A recipe must not be async.");
  if (outcome !== draft && (outcome as Partial<Entity> | null | undefined)?.id === shown.id) {
    throw new TypeError("A recipe changes its draft and returns nothing.");
  }
  const { patches, positional } = diff();
  for (const { path } of patches) {
    if (SERVER_FIELDS.includes(path[0])) {
      throw new HoldfastError("BAD_REQUEST", `The field "${path[0]}" is the server's own.`, {
        remedy: "Change the entity's own fields only.",
      });
    }
  }
  const fits =
    patches.length <= LIMITS.patches && patches.every(({ path }) => path.length <= LIMITS.patchDepth);
  return { patches: fits ? patches : wholeFields(draft, patches), positional };
}

/** One patch a field: coarser, but within what a mutation may hold. */
function wholeFields(draft: Readonly<Record<string, unknown>>, patches: readonly Patch[]): readonly Patch[] {
  const fields = new Set(patches.map(({ path }) => String(path[0])));
  return [...fields].map((field): Patch => {
    const value = draft[field];
    if (value === undefined) return { op: "remove", path: [field] };
    // `toJson` gives nothing but JSON.
    return { op: "replace", path: [field], value: toJson(value) as Extract<Patch, { op: "add" }>["value"] };
  });
}
