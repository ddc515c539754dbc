/** Listeners by name. One that throws is reported, and the others are told all the same. */
export interface Emitter {
  /** Returns how to stop. The same function registered twice is told twice. */
  on(name: string, listener: (...args: never[]) => void): () => void;
  emit(name: string, ...args: readonly unknown[]): void;
  /** Registered listeners, of all names. */
  readonly size: number;
}

export function createEmitter(onError: (error: unknown) => void): Emitter {
  const byName = new Map<string, Set<{ readonly listener: (...args: never[]) => void }>>();
  return {
    on(name, listener) {
      const entry = { listener };
      const entries = byName.get(name) ?? new Set();
      byName.set(name, entries.add(entry));
      return () => {
        entries.delete(entry);
        if (entries.size === 0 && byName.get(name) === entries) byName.delete(name);
      };
    },
    emit(name, ...args) {
      const entries = byName.get(name);
      if (entries === undefined) return;
      for (const entry of [...entries]) {
        // One that an earlier listener took away in this very round is not told any more.
        if (!entries.has(entry)) continue;
        try {
          // What is emitted under a name fits its listeners: the pairing is the caller's, as with every emitter.
          entry.listener(...(args as never[]));
        } catch (error) {
          onError(error);
        }
      }
    },
    get size() {
      let size = 0;
      for (const entries of byName.values()) size += entries.size;
      return size;
    },
  };
}
