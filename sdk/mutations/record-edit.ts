import { enablePatches, Immer, isDraft } from "immer";
import { HoldfastError } from "../errors.ts";
import type { Entity, Patch } from "../protocol/index.ts";
import { LIMITS } from "../protocol/limits.ts";
import { applyPatches } from "./apply-patches.ts";
import { toJson } from "./to-json.ts";

/** What a recipe did to an entity. */
export interface Edit {
  readonly patches: readonly Patch[];
  /** Some patch goes through an index of an array, so it holds on this version only. */
  readonly positional: boolean;
}

export type Recipe = (draft: Record<string, unknown>) => void;
export type RecordEdit = (shown: Entity, recipe: Recipe) => Edit;

const SERVER_FIELDS: ReadonlySet<unknown> = new Set([
  "id",
  "projectId",
  "version",
  "seq",
  "createdAt",
  "updatedAt",
]);

/**
 * Records recipes with an Immer of its own: `enablePatches` adds a plugin and changes nobody's behaviour, freezing
 * stays off since entities are shared with the base and freezing them deeply costs more than the edit.
 */
export function createRecordEdit(): RecordEdit {
  enablePatches();
  const immer = new Immer({ autoFreeze: false });
  return (shown, recipe) => {
    const [, raw] = immer.produceWithPatches(shown, (draft) => {
      // A draft of an entity is a mutable object of its fields.
      const outcome: unknown = recipe(draft as Record<string, unknown>);
      // `draft => draft.title = "x"` returns what it assigned; only a whole other entity would be a mistake.
      if (outcome instanceof Promise)
        throw new TypeError("A recipe must not be async: read first, then update.");
      if (typeof outcome === "object" && outcome !== null && !isDraft(outcome) && "id" in outcome) {
        throw new TypeError("A recipe changes the draft; it does not return another entity.");
      }
    });
    // Immer's patches, by the one kind of path it makes.
    return toEdit(shown, raw as readonly RawPatch[]);
  };
}

interface RawPatch {
  readonly op: "add" | "replace" | "remove";
  readonly path: readonly (string | number)[];
  readonly value?: unknown;
}

function toEdit(shown: Entity, raw: readonly RawPatch[]): Edit {
  const positional = raw.some(({ path }) => goesThroughArray(shown, path));
  const patches = raw.map(toPatch);
  for (const { path } of patches) {
    if (SERVER_FIELDS.has(path[0])) {
      throw new HoldfastError("BAD_REQUEST", `The field "${path[0]}" is the server's own.`, {
        remedy: "Change the entity's own fields only.",
      });
    }
  }
  const fits =
    patches.length <= LIMITS.patches && patches.every(({ path }) => path.length <= LIMITS.patchDepth);
  return { patches: fits ? patches : wholeFields(shown, patches), positional };
}

function toPatch({ op, path, value }: RawPatch): Patch {
  // `draft.x = undefined` means that the field goes: JSON has no undefined.
  if (op === "remove" || value === undefined) return { op: "remove", path: [...path] };
  // `toJson` gives nothing but JSON.
  return { op, path: [...path], value: toJson(value) as Exclude<Patch, { op: "remove" }>["value"] };
}

function goesThroughArray(shown: Entity, path: readonly (string | number)[]): boolean {
  let node: unknown = shown;
  for (const step of path) {
    if (Array.isArray(node)) return true;
    if (typeof node !== "object" || node === null) return typeof step === "number";
    // An object: reading a step of it gives a value or undefined.
    node = (node as Readonly<Record<string | number, unknown>>)[step];
  }
  return false;
}

/** One patch a field: coarser, but within what a mutation may hold. */
function wholeFields(shown: Entity, patches: readonly Patch[]): readonly Patch[] {
  const result: Readonly<Record<string, unknown>> = applyPatches(shown, patches) ?? shown;
  const fields = new Set(patches.map(({ path }) => String(path[0])));
  return [...fields].map((field) => toPatch({ op: "replace", path: [field], value: result[field] }));
}
