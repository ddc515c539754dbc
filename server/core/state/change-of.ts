import type { Change, Entity } from "../../../sdk/protocol/index.ts";
import { deepEqual } from "./deep-equal.ts";

/**
 * What one version of an entity changed against the one before, by top-level field: everything a reader needs to make
 * `after` from `before`, the server's own `seq` and `updatedAt` included.
 */
export function changeOf(before: Entity, after: Entity): Change {
  const set: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(after)) {
    if (name !== "version" && !deepEqual(before[name], value)) set[name] = value;
  }
  const unset = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  return { id: after.id, version: after.version, set, ...(unset.length === 0 ? {} : { unset }) };
}
