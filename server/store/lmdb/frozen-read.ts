import { setImmediate as nextTurn } from "node:timers/promises";
import type { Database, Entry, Reader } from "./database.ts";
import type { Key } from "./keys.ts";

/** Reads of one moment that may take many turns of the event loop. */
export interface FrozenRead extends Reader {
  /** As `range`, up to `limit`, letting others have their turn every few milliseconds. */
  collect<T>(prefix: Key, options?: { readonly after?: Key; readonly limit?: number }): Promise<Entry<T>[]>;
  /** Lets others have their turn if this one is over; call between steps of a loop. */
  breathe(): Promise<void>;
}

/** Longest time that one read holds the event loop, in milliseconds. */
const SLICE_MS = 8;

/** Reads the moment of the call, however long it takes. The moment is let go at the end, so that its space is reused. */
export async function readFrozen<T>(db: Database, read: (reader: FrozenRead) => T | Promise<T>): Promise<T> {
  const frozen = db.frozen();
  let until = performance.now() + SLICE_MS;

  async function breathe(): Promise<void> {
    if (performance.now() < until) return;
    await nextTurn();
    until = performance.now() + SLICE_MS;
  }

  async function collect<E>(
    prefix: Key,
    { after, limit = Number.POSITIVE_INFINITY }: { readonly after?: Key; readonly limit?: number } = {},
  ): Promise<Entry<E>[]> {
    const entries: Entry<E>[] = [];
    let last = after;
    while (entries.length < limit) {
      let isOver = false;
      const rest = Number.isFinite(limit) ? { limit: limit - entries.length } : {};
      // A cursor is not kept over turns: each slice finds its place by key.
      for (const entry of frozen.range<E>(prefix, { ...rest, ...(last !== undefined && { after: last }) })) {
        entries.push(entry);
        last = entry.key;
        isOver = performance.now() >= until;
        if (isOver) break;
      }
      if (!isOver) break;
      await breathe();
    }
    return entries;
  }

  try {
    return await read({ get: frozen.get, range: frozen.range, collect, breathe });
  } finally {
    frozen.done();
  }
}
