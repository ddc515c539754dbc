import type { Patch } from "../../../sdk/protocol/index.ts";
import { badRequest, Fault } from "../fault.ts";
import { type Fields, isForbiddenKey, isServerField } from "./fields.ts";

type Step = string | number;
/** A node on the way to a patch's target. */
type Container = unknown[] | Record<string, unknown>;

/**
 * Applies Immer's patches to an entity's fields and returns the new ones; what no patch goes through is shared.
 * @throws Fault `BAD_REQUEST` for a path that may not be written, `CONFLICT` for one whose parent is gone
 */
export function applyPatches(base: Fields, patches: readonly Patch[]): Fields {
  patches.forEach(guard);
  /** Containers made by this call: only these may be written in place. */
  const own = new Set<Container>();
  const root: Record<string, unknown> = { ...base };
  own.add(root);
  patches.forEach((patch, index) => {
    let parent: Container = root;
    for (const step of patch.path.slice(0, -1)) {
      const child = read(parent, step);
      if (typeof child !== "object" || child === null) throw gone(index, patch);
      // JSON knows no other objects than these two.
      let next = child as Container;
      if (!own.has(next)) {
        next = Array.isArray(next) ? [...next] : { ...next };
        own.add(next);
        if (Array.isArray(parent)) parent[Number(step)] = next;
        else parent[String(step)] = next;
      }
      parent = next;
    }
    const last = patch.path.at(-1);
    if (last === undefined) return;
    const done = Array.isArray(parent)
      ? patchArray(parent, last, patch)
      : patchObject(parent, String(last), patch);
    if (!done) throw gone(index, patch);
  });
  return root;
}

/** A path that goes through a prototype, or to a field of the server's, is refused whatever the entity holds. */
function guard(patch: Patch, index: number): void {
  const at = ["patches", index, "path"];
  const [first] = patch.path;
  if (first === undefined) throw badRequest("An empty path", [{ path: at, message: "must not be empty" }]);
  const forbidden = patch.path.findIndex((step) => typeof step === "string" && isForbiddenKey(step));
  if (forbidden !== -1) {
    throw badRequest("A patch may not go through a prototype", [
      { path: [...at, forbidden], message: "may not go through a prototype" },
    ]);
  }
  if (isServerField(String(first))) {
    const message = `${first} is written by the server`;
    throw badRequest(message, [{ path: [...at, 0], message }]);
  }
}

function read(container: Container, step: Step): unknown {
  if (Array.isArray(container)) {
    const index = indexOf(step);
    return index === undefined ? undefined : container[index];
  }
  const key = String(step);
  return Object.hasOwn(container, key) ? container[key] : undefined;
}

function patchObject(parent: Record<string, unknown>, key: string, patch: Patch): boolean {
  if (patch.op === "remove") delete parent[key];
  else parent[key] = patch.value;
  return true;
}

function patchArray(parent: unknown[], step: Step, patch: Patch): boolean {
  // Immer shortens an array by setting its length.
  if (step === "length") {
    if (patch.op !== "replace" || typeof patch.value !== "number" || !Number.isInteger(patch.value))
      return false;
    if (patch.value < 0 || patch.value > parent.length) return false;
    parent.length = patch.value;
    return true;
  }
  if (step === "-" && patch.op === "add") {
    parent.push(patch.value);
    return true;
  }
  const index = indexOf(step);
  if (index === undefined || index > parent.length || (index === parent.length && patch.op !== "add"))
    return false;
  if (patch.op === "add") parent.splice(index, 0, patch.value);
  else if (patch.op === "remove") parent.splice(index, 1);
  else parent[index] = patch.value;
  return true;
}

function indexOf(step: Step): number | undefined {
  if (typeof step === "number") return step;
  return /^(0|[1-9][0-9]{0,8})$/.test(step) ? Number(step) : undefined;
}

function gone(index: number, patch: Patch): Fault {
  return new Fault("CONFLICT", "A patch goes through what is gone", {
    details: { path: ["patches", index, "path"], target: patch.path },
  });
}
