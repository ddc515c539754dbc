import type { Database } from "./database.ts";
import type { Key } from "./keys.ts";

/** Writes gathered and put into JSON before the first is made: a value that is none fails here and changes nothing. */
export interface WriteSet {
  put(key: Key, value: unknown): void;
  remove(key: Key): void;
  /** Makes the writes in their order. */
  apply(db: Database): void;
}

export function createWriteSet(): WriteSet {
  const writes: { readonly key: Key; readonly json: string | undefined }[] = [];
  return {
    put(key, value) {
      const json: string | undefined = JSON.stringify(value);
      if (json === undefined)
        throw new TypeError(`${key.join(" ")} is given a value that JSON does not know`);
      writes.push({ key, json });
    },
    remove(key) {
      writes.push({ key, json: undefined });
    },
    apply(db) {
      for (const { key, json } of writes) {
        if (json === undefined) db.remove(key);
        else db.put(key, json);
      }
    },
  };
}
