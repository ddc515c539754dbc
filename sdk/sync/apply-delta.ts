import { changesIn } from "../protocol/changes-in.ts";
import type { DeltaAck } from "../protocol/index.ts";
import type { DraftBase } from "./draft-base.ts";
import { applyChange } from "./restore-data.ts";

export interface DeltaCounts {
  readonly upserted: number;
  readonly patched: number;
  readonly removed: number;
}

/** Lays a delta over the draft. `undefined`: it changes an entity that is not there, so the base is not to be trusted. */
export function applyDelta(delta: DeltaAck, draft: DraftBase): DeltaCounts | undefined {
  const counts = { upserted: 0, patched: 0, removed: 0 };
  for (const [collection, changes] of Object.entries(delta.changes)) {
    for (const entity of changes.upserted) {
      draft.set(collection, entity.id, entity);
      counts.upserted += 1;
    }
    for (const change of changesIn(changes)) {
      const base = draft.get(collection, change.id);
      if (base === undefined || base.version > change.version) return undefined;
      draft.set(collection, change.id, applyChange(base, change));
      counts.patched += 1;
    }
    for (const id of changes.removed) {
      draft.set(collection, id, null);
      counts.removed += 1;
    }
  }
  return counts;
}
