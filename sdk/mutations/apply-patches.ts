import type { Patch } from "../protocol/index.ts";

type Node = Readonly<Record<string, unknown>> | readonly unknown[];

/**
 * Applies Immer patches to plain JSON, sharing what did not change.
 * `undefined` when a path has lost its parent: the server answers `CONFLICT` to that.
 */
export function applyPatches<T extends object>(value: T, patches: readonly Patch[]): T | undefined {
  // An entity is an object of fields; it stays one, with other fields.
  const result = { ...value } as Record<string, unknown>;
  for (const patch of patches) {
    const [field = "", ...rest] = patch.path;
    if (rest.length === 0) {
      if (patch.op === "remove") delete result[field];
      else result[field] = patch.value;
      continue;
    }
    const child = result[field];
    const next = isNode(child) ? applyAt(child, patch, 1) : undefined;
    if (next === undefined) return undefined;
    result[field] = next;
  }
  // As above.
  return result as T;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null;
}

function applyAt(node: Node, patch: Patch, depth: number): Node | undefined {
  const step = patch.path[depth];
  if (step === undefined) return undefined;
  if (depth === patch.path.length - 1) return applyHere(node, step, patch);
  // Whatever the node is, reading a step of it gives a value or undefined.
  const child = (node as Readonly<Record<string | number, unknown>>)[step];
  const next = isNode(child) ? applyAt(child, patch, depth + 1) : undefined;
  if (next === undefined) return undefined;
  // `isArray` says any[] of it.
  if (Array.isArray(node)) return (node as readonly unknown[]).with(Number(step), next);
  return { ...node, [step]: next };
}

function applyHere(node: Node, step: string | number, patch: Patch): Node | undefined {
  if (Array.isArray(node)) return applyToArray(node, step, patch);
  if (patch.op !== "remove") return { ...node, [step]: patch.value };
  // No array, no scalar: an object.
  const copy: Record<string, unknown> = { ...(node as Readonly<Record<string, unknown>>) };
  delete copy[step];
  return copy;
}

function applyToArray(items: readonly unknown[], step: string | number, patch: Patch): Node | undefined {
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
