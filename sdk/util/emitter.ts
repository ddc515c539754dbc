import { EventEmitter } from "eventemitter3";

/** Listeners by name. One that throws is reported, and the others are told all the same. */
export interface Emitter {
  /** Returns how to stop. The same function registered twice is told twice. */
  on(name: string, listener: (...args: never[]) => void): () => void;
  emit(name: string, ...args: readonly unknown[]): void;
  /** Registered listeners, of all names. */
  readonly size: number;
}

export function createEmitter(onError: (error: unknown) => void): Emitter {
  const emitter = new EventEmitter();
  return {
    on(name, listener) {
      let isOn = true;
      const entry = (...args: readonly unknown[]): void => {
        // One that an earlier listener took away in this very round is not told any more.
        if (!isOn) return;
        try {
          // What is emitted under a name fits its listeners: the pairing is the caller's, as with every emitter.
          listener(...(args as never[]));
        } catch (error) {
          onError(error);
        }
      };
      emitter.on(name, entry);
      return () => {
        isOn = false;
        emitter.off(name, entry);
      };
    },
    emit(name, ...args) {
      emitter.emit(name, ...args);
    },
    get size() {
      return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
    },
  };
}
