/** What the network is like now, for all connections of one mock. */
export interface Conditions {
  /** Connections cannot be made. */
  readonly isOffline: boolean;
  /** Nothing passes in either direction, and nobody is told. */
  readonly isBlackhole: boolean;
  /** How long everything takes in one direction. */
  readonly latencyMs: number;
  /** Hears each change of the above. Returns how to stop. */
  onChange(listener: () => void): () => void;
}

export interface SetConditions extends Conditions {
  set(next: Partial<Pick<Conditions, "isOffline" | "isBlackhole" | "latencyMs">>): void;
}

export function createConditions(): SetConditions {
  let now = { isOffline: false, isBlackhole: false, latencyMs: 0 };
  const listeners = new Set<() => void>();
  return {
    get isOffline() {
      return now.isOffline;
    },
    get isBlackhole() {
      return now.isBlackhole;
    },
    get latencyMs() {
      return now.latencyMs;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    set(next) {
      now = { ...now, ...next };
      for (const listener of [...listeners]) listener();
    },
  };
}
