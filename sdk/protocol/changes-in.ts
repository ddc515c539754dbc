import type { Change } from "./envelope.ts";
import type { CollectionChanges } from "./sync.ts";

/** Where the values of a row begin: behind id and version. */
const FIRST_VALUE = 2;

/** The changes of fields in a delta, as single ones, however they were packed (protocol section 4). */
export function changesIn({ patched = [], packed = [] }: CollectionChanges): readonly Change[] {
  const changes = [...patched];
  for (const { set: fields, rows } of packed) {
    for (const row of rows) {
      // Field by field, as all rows then have one shape: a reconnect runs this cold, where that is ten times as quick.
      const set: Record<string, unknown> = {};
      let at = FIRST_VALUE;
      for (const field of fields) set[field] = row[at++];
      changes.push({ id: row[0], version: row[1], set });
    }
  }
  return changes;
}
