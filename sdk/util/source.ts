import { createEmitter } from "./emitter.ts";

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
  const changes = createEmitter(onError);
  return {
    getSnapshot: () => snapshot,
    subscribe: (listener) => changes.on("", listener),
    set(next) {
      if (next === snapshot) return;
      snapshot = next;
      changes.emit("");
    },
  };
}
