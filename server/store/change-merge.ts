import type { Change, Entity } from "../../sdk/protocol/index.ts";

/** One update of an entity as a store keeps it: from the version of event `prevSeq` to that of event `seq`. */
export interface KeptChange {
  readonly collection: string;
  readonly id: string;
  readonly seq: number;
  readonly prevSeq: number;
  readonly change: Change;
}

/** Two changes, one after the other, as one: the later says what a field is, or that it is gone. */
export function mergeChanges(earlier: Change, later: Change): Change {
  const gone = new Set(later.unset);
  const set = Object.fromEntries(
    Object.entries({ ...earlier.set, ...later.set }).filter(([field]) => !gone.has(field)),
  );
  const unset = [...new Set([...(earlier.unset ?? []), ...gone])].filter(
    (field) => !Object.hasOwn(set, field),
  );
  return { id: later.id, version: later.version, set, ...(unset.length > 0 && { unset }) };
}

/**
 * Coalesces the kept changes after `from`, in rising order of seq, for those entities whose every change since `from`
 * is among them: the first starts from what was known at `from`, each starts where the one before ended, and the last
 * ends at the entity as it is. A creation is no change, so an entity made after `from` never qualifies.
 */
export function coalesceChanges(
  from: number,
  kept: readonly KeptChange[],
  upserted: readonly Entity[],
): Map<string, Change> {
  const runs = new Map<string, { seq: number; change: Change }>();
  const broken = new Set<string>();
  for (const { id, seq, prevSeq, change } of kept) {
    const run = runs.get(id);
    if (run === undefined ? prevSeq > from : prevSeq !== run.seq) broken.add(id);
    runs.set(id, { seq, change: run === undefined ? change : mergeChanges(run.change, change) });
  }
  const whole = new Map<string, Change>();
  for (const entity of upserted) {
    const run = runs.get(entity.id);
    if (run !== undefined && run.seq === entity.seq && !broken.has(entity.id))
      whole.set(entity.id, run.change);
  }
  return whole;
}
