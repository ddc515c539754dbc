/** What was used last, within a bound in bytes; what was not used longest goes first. */
export interface Lru<T> {
  get(key: string): T | undefined;
  set(key: string, value: T, bytes: number): void;
  delete(key: string): void;
}

/** What an entry costs beside what it holds: its key, its place in the map. */
const OVERHEAD_BYTES = 200;

export function createLru<T>(maxBytes: number): Lru<T> {
  const entries = new Map<string, { readonly value: T; readonly bytes: number }>();
  let total = 0;

  function remove(key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    total -= entry.bytes;
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, bytes) {
      remove(key);
      const size = bytes + OVERHEAD_BYTES;
      entries.set(key, { value, bytes: size });
      total += size;
      for (const oldest of entries.keys()) {
        if (total <= maxBytes) break;
        remove(oldest);
      }
    },
    delete: remove,
  };
}
