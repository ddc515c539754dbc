import type { Store } from "../../store/store.ts";

/**
 * Registers of the whole server live in a project of their own, which no client can name: an id holds no `@`.
 */
const LEDGER = "@agents";

export type EntryKind = "agent" | "spawn";

/** An agent that is connected, or a spawn that was taken, and the server that looks after it. */
export interface Entry {
  readonly kind: EntryKind;
  readonly projectId: string;
  readonly sessionId: string;
  readonly serverId: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * What must be looked after even if the server that does so dies: kept in the store, so that another one, or the same
 * one started again, finds it.
 */
export function createLedger(store: Store, serverId: string) {
  const nameOf = (kind: EntryKind, projectId: string, sessionId: string): string =>
    `${kind} ${projectId} ${sessionId}`;

  return {
    serverId,
    note(kind: EntryKind, projectId: string, sessionId: string, at: number): Promise<void> {
      const entry: Entry = { kind, projectId, sessionId, serverId, at };
      return store.transact(LEDGER, () => ({
        result: undefined,
        registers: { [nameOf(kind, projectId, sessionId)]: entry },
      }));
    },
    /** Removes an entry; `false` when it is gone, or another server looks after it now. */
    strike({ kind, projectId, sessionId, serverId: owner }: Omit<Entry, "at">): Promise<boolean> {
      const name = nameOf(kind, projectId, sessionId);
      return store.transact(LEDGER, (view) => {
        // Only this file writes the registers of the ledger.
        const entry = view.register(name) as Entry | undefined;
        if (entry?.serverId !== owner) return { result: false };
        return { result: true, registers: { [name]: undefined } };
      });
    },
    /** Removes every entry of a kind that this server looks after. */
    async strikeOwn(kind: EntryKind): Promise<void> {
      const { registers } = await store.snapshot(LEDGER);
      const own = Object.entries(registers).filter(([, value]) => {
        // As above.
        const entry = value as Entry;
        return entry.serverId === serverId && entry.kind === kind;
      });
      if (own.length === 0) return;
      const gone = Object.fromEntries(own.map(([name]) => [name, undefined]));
      await store.transact(LEDGER, () => ({ result: undefined, registers: gone }));
    },
    async entries(): Promise<readonly Entry[]> {
      const { registers } = await store.snapshot(LEDGER);
      // As above.
      return Object.values(registers) as readonly Entry[];
    },
  };
}

export type Ledger = ReturnType<typeof createLedger>;
