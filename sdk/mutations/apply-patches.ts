import type { Patch } from "../protocol/index.ts";

type Node = Readonly<Record<string, unknown>> | readonly unknown[];

/**
 * Applies Immer patches to plain JSON, sharing what did not change.
 * `undefined` when a path has lost its parent: the server answers `CONFLICT` to that.
 */
export function applyPatches<T extends object>(value: T, patches: readonly Patch[]): T | undefined {
  let result: Node = value as unknown as Node;
  for (const patch of patches) {
    const next = applyAt(result, patch, 0);
    if (next === undefined) return undefined;
    result = next;
  }
  // A patch has at least one step, so the root stays the object it was, with other fields.
  return result as unknown as T;
}

function applyAt(node: Node, patch: Patch, depth: number): Node | undefined {
  const step = patch.path[depth];
  if (step === undefined) return undefined;
  if (depth === patch.path.length - 1) return applyHere(node, step, patch);
  // Whatever the node is, reading a step of it gives a value or undefined.
  const child = (node as Readonly<Record<string | number, unknown>>)[step];
  if (typeof child !== "object" || child === null) return undefined;
  const next = applyAt(child as Node, patch, depth + 1);
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
