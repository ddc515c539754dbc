import type { Patch } from "../protocol/index.ts";

/**
 * Applies Immer patches to plain JSON, sharing what did not change.
 * `undefined` when a path has lost its parent: the server answers `CONFLICT` to that.
 */
export function applyPatches<T extends object>(value: T, patches: readonly Patch[]): T | undefined {
  // An entity is an object of fields; it stays one, with other fields.
  let result: unknown = value;
  for (const patch of patches) result = applyAt(result, patch, 0);
  // As above.
  return result as T | undefined;
}

function applyAt(node: unknown, patch: Patch, depth: number): object | undefined {
  const step = patch.path[depth];
  if (typeof node !== "object" || node === null || step === undefined) return undefined;
  const isLast = depth === patch.path.length - 1;
  if (isLast && Array.isArray(node)) return applyToArray(node, step, patch);
  // Whatever the node is, a step of it can be read and written.
  const copy = (Array.isArray(node) ? node.slice() : { ...node }) as Record<string | number, unknown>;
  if (!isLast) {
    const next = applyAt(copy[step], patch, depth + 1);
    if (next === undefined) return undefined;
    copy[step] = next;
  } else if (patch.op === "remove") delete copy[step];
  else copy[step] = patch.value;
  return copy;
}

function applyToArray(items: readonly unknown[], step: string | number, patch: Patch): object | undefined {
  if (step === "length") {
    return patch.op === "replace" && typeof patch.value === "number"
      ? items.slice(0, patch.value)
      : undefined;
  }
  const index = step === "-" ? items.length : Number(step);
  if (!Number.isInteger(index) || index < 0) return undefined;
  if (patch.op === "add") return index <= items.length ? items.toSpliced(index, 0, patch.value) : undefined;
  if (index >= items.length) return undefined;
  return patch.op === "replace" ? items.with(index, patch.value) : items.toSpliced(index, 1);
}
