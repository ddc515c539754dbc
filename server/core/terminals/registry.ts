import { Fault } from "../fault.ts";
import type { Terminal } from "./terminal.ts";

/** The terminals of this server, one a session. */
export interface Registry {
  readonly size: number;
  get(sessionId: string): Terminal | undefined;
  all(): Iterable<Terminal>;
  /** For one more. @throws Fault `CONFLICT` when all are alive; the oldest ended one goes */
  makeRoom(): void;
  add(terminal: Terminal): void;
  /** Takes it out; false when it was gone already. */
  remove(terminal: Terminal): boolean;
  /** Calls back once when the session gets a terminal. Returns how to stop waiting. */
  whenThere(sessionId: string, callback: () => void): () => void;
}

/** @param evict ends a terminal that has to make room */
export function createRegistry(limit: number, evict: (terminal: Terminal) => void): Registry {
  const terminals = new Map<string, Terminal>();
  const waiting = new Map<string, Set<() => void>>();

  return {
    get size() {
      return terminals.size;
    },
    get: (sessionId) => terminals.get(sessionId),
    all: () => terminals.values(),
    makeRoom() {
      if (terminals.size < limit) return;
      for (const terminal of terminals.values()) {
        if (terminal.stream.exit !== undefined) return evict(terminal);
      }
      throw new Fault("CONFLICT", "The server has too many terminals", { details: { limit } });
    },
    add(terminal) {
      terminals.set(terminal.sessionId, terminal);
      const callbacks = waiting.get(terminal.sessionId);
      waiting.delete(terminal.sessionId);
      for (const callback of callbacks ?? []) callback();
    },
    remove(terminal) {
      return terminals.get(terminal.sessionId) === terminal && terminals.delete(terminal.sessionId);
    },
    whenThere(sessionId, callback) {
      const callbacks = waiting.get(sessionId) ?? new Set();
      waiting.set(sessionId, callbacks);
      callbacks.add(callback);
      return () => {
        callbacks.delete(callback);
        if (callbacks.size === 0 && waiting.get(sessionId) === callbacks) waiting.delete(sessionId);
      };
    },
  };
}
