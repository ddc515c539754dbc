import type { StoredEntry } from "./entry.ts";

/** Where pending writes are kept. Everything returns at once; the keeper writes when it can. */
export interface Outbox {
  /** A write was made, or changed by being sent or acknowledged. */
  put(entry: StoredEntry): void;
  /** The base holds it: it may go once that base is kept. */
  settle(entry: StoredEntry): void;
  /** It is not to be sent any more. */
  remove(id: string): void;
  /** Resolves once all of it so far is kept, or the device has failed to. Never rejects. */
  kept(): Promise<void>;
}
