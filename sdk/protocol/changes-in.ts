import type { Change } from "./envelope.ts";
import type { CollectionChanges } from "./sync.ts";

/** The changes of fields in a delta, as single ones, however they were packed (protocol section 4). */
export function* changesIn({ patched = [], packed = [] }: CollectionChanges): Generator<Change> {
  yield* patched;
  for (const { set: fields, rows } of packed) {
    for (const [id, version, ...values] of rows) {
      yield { id, version, set: Object.fromEntries(fields.map((field, at) => [field, values[at]])) };
    }
  }
}
