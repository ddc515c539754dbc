/**
 * Something observable: the shape of React's `useSyncExternalStore`.
 * A snapshot is immutable and keeps its identity until it changes.
 */
export interface Source<T> {
  getSnapshot(): T;
  /** Calls the listener after each change. Returns how to stop. */
  subscribe(listener: () => void): () => void;
}

export interface Cell<T> extends Source<T> {
  /** Replaces the snapshot and tells every subscriber; the same value tells nobody. */
  set(next: T): void;
}

/**
 * A source that its owner sets.
 * @param onError hears what a subscriber threw; the others are told all the same.
 */
export function createCell<T>(initial: T, onError: (error: unknown) => void): Cell<T> {
  let snapshot = initial;
  const listeners = new Set<() => void>();
  return {
    getSnapshot: () => snapshot,
    subscribe(listener) {
      // One entry per call, so that subscribing the same function twice and leaving once keeps one.
      const entry = (): void => listener();
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    set(next) {
      if (Object.is(next, snapshot)) return;
      snapshot = next;
      for (const listener of [...listeners]) {
        if (!listeners.has(listener)) continue;
        try {
          listener();
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}
