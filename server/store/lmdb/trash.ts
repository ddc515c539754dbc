import type { Database } from "./database.ts";
import { keys } from "./keys.ts";
import type { WriteSet } from "./write-set.ts";

/** Records removed by one step; some milliseconds. */
const STEP = 500;

/**
 * Removes some of what belongs to lives that ended, as one step among other writes. Returns whether something is left.
 * Where it stopped it goes on after a restart, as the list of such lives is on disk.
 */
export function emptyTrash(db: Database, set: WriteSet): boolean {
  for (const { key } of db.range<unknown>(keys.trashed(), { limit: 1 })) {
    const life = Number(key.at(-1));
    const records = Array.from(db.range<unknown>(keys.life(life), { limit: STEP }), (record) => record.key);
    for (const record of records) set.remove(record);
    if (records.length < STEP) set.remove(keys.trash(life));
    return true;
  }
  return false;
}
