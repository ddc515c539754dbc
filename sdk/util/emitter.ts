/** Listeners by name. One that throws is reported, and the others are told all the same. */
export interface Emitter {
  /** Returns how to stop. The same function registered twice is told twice. */
  on(name: string, listener: (...args: never[]) => void): () => void;
  emit(name: string, ...args: readonly unknown[]): void;
  /** Registered listeners, of all names. */
  readonly size: number;
}

interface Entry {
  readonly listener: (...args: never[]) => void;
  isOn: boolean;
}

export function createEmitter(onError: (error: unknown) => void): Emitter {
  /** The arrays are replaced, never changed: a round goes on over the one it began with. */
  const entries = new Map<string, readonly Entry[]>();
  return {
    on(name, listener) {
      const mine: Entry = { listener, isOn: true };
      entries.set(name, [...(entries.get(name) ?? []), mine]);
      return () => {
        mine.isOn = false;
        const others = entries.get(name)?.filter((entry) => entry !== mine) ?? [];
        if (others.length > 0) entries.set(name, others);
        else entries.delete(name);
      };
    },
    emit(name, ...args) {
      for (const entry of entries.get(name) ?? []) {
        // One that an earlier listener took away in this very round is not told any more.
        if (!entry.isOn) continue;
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
      for (const named of entries.values()) size += named.length;
      return size;
    },
  };
}
