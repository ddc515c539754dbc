import type { HoldfastError } from "../errors.ts";
import type { Source } from "../util/source.ts";
import type { Entry } from "./entry.ts";
import type { Ledger } from "./ledger.ts";
import type { PendingOp } from "./pending-op.ts";

/** A write the server has not answered yet. */
export interface PendingMutation {
  readonly id: string;
  readonly collection: string;
  readonly entityId: string;
  readonly op: PendingOp;
  readonly status: "queued" | "sent";
  readonly createdAt: number;
  /** How often it was sent. */
  readonly attempts: number;
  /** Why the last attempt failed, if it did. */
  readonly error?: HoldfastError;
}

export interface PendingMutations {
  /** In the order they were made. */
  readonly pending: readonly PendingMutation[];
}

/** What the queue did, for `client.trace`. */
export interface MutationTrace {
  readonly type: "mutation";
  readonly id: string;
  readonly what:
    | "queued"
    | "sent"
    | "acknowledged"
    | "replayed"
    | "synced"
    | "rejected"
    | "retry"
    | "discarded"
    | "adopted";
  readonly code?: string;
  readonly seq?: number;
  readonly retryInMs?: number;
}

type RejectedListener = (mutation: PendingMutation, error: HoldfastError) => void;

/** The queue as the application sees it. Changes gather until `flush`, so that nobody is told within a commit. */
export interface PendingSource extends Source<PendingMutations> {
  change(): void;
  reject(entry: Entry, error: HoldfastError): void;
  flush(): void;
  onRejected(listener: RejectedListener): () => void;
}

export function createPendingSource(ledger: Ledger, onError: (error: unknown) => void): PendingSource {
  const listeners = new Set<() => void>();
  const rejectedListeners = new Set<RejectedListener>();
  const rejected: (readonly [PendingMutation, HoldfastError])[] = [];
  let snapshot: PendingMutations = { pending: [] };
  let stale = false;
  let due = false;

  const call = (task: () => void): void => {
    try {
      task();
    } catch (error) {
      onError(error);
    }
  };

  return {
    getSnapshot() {
      if (!stale) return snapshot;
      stale = false;
      const pending: PendingMutation[] = [];
      for (const entry of ledger.all()) if (entry.state !== "acknowledged") pending.push(describe(entry));
      if (pending.length > 0 || snapshot.pending.length > 0) snapshot = { pending };
      return snapshot;
    },
    subscribe(listener) {
      const own = (): void => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    change() {
      stale = true;
      due = true;
    },
    reject: (entry, error) => void rejected.push([describe(entry), error]),
    flush() {
      if (due) {
        due = false;
        for (const listener of [...listeners]) if (listeners.has(listener)) call(listener);
      }
      for (const [mutation, error] of rejected.splice(0)) {
        for (const listener of [...rejectedListeners]) {
          if (rejectedListeners.has(listener)) call(() => listener(mutation, error));
        }
      }
    },
    onRejected(listener) {
      const own: RejectedListener = (mutation, error) => listener(mutation, error);
      rejectedListeners.add(own);
      return () => void rejectedListeners.delete(own);
    },
  };
}

function describe(entry: Entry): PendingMutation {
  const { id, collection, entityId, op, createdAt, attempts, error } = entry;
  const status = entry.state === "sent" ? "sent" : "queued";
  return {
    id,
    collection,
    entityId,
    op,
    status,
    createdAt,
    attempts,
    ...(error === undefined ? {} : { error }),
  };
}
