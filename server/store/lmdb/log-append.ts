import type { Database } from "./database.ts";
import type { Head } from "./head.ts";
import { keys, type LogName } from "./keys.ts";
import type { WriteSet } from "./write-set.ts";

export interface LogRecord {
  readonly seq: number;
  readonly value: unknown;
}

/** Appends records, in rising order of seq, to a log that keeps the newest `limit`, and drops what is over. */
export function appendToLog(
  db: Database,
  set: WriteSet,
  head: Head,
  name: LogName,
  records: readonly LogRecord[],
  limit: number,
): void {
  if (records.length === 0) return;
  const log = head.logs[name];
  const over = Math.max(0, log.length + records.length - limit);
  const oldOver = Math.min(over, log.length);
  if (oldOver > 0) {
    for (const { key } of db.range<unknown>(keys.log(head.life, name), { limit: oldOver })) {
      set.remove(key);
      log.droppedThrough = Number(key[2]);
    }
  }
  const newOver = over - oldOver;
  for (const [place, { seq, value }] of records.entries()) {
    if (place < newOver) log.droppedThrough = seq;
    else set.put(keys.logged(head.life, name, seq, place), value);
  }
  log.length += records.length - over;
  log.dropped += over;
}
