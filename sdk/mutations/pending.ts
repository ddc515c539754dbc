import type { HoldfastError } from "../errors.ts";
import { createEmitter } from "../util/emitter.ts";
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
export type TraceMutation = (
  what:
    | "queued"
    | "sent"
    | "acknowledged"
    | "replayed"
    | "synced"
    | "rejected"
    | "retry"
    | "discarded"
    | "adopted",
  detail: {
    readonly id: string;
    readonly code?: string;
    readonly seq?: number;
    readonly retryInMs?: number;
  },
) => void;

type RejectedListener = (mutation: PendingMutation, error: HoldfastError) => void;

/** The queue as the application sees it. Changes gather until `flush`, so that nobody is told within a commit. */
export interface PendingSource extends Source<PendingMutations> {
  change(): void;
  reject(entry: Entry, error: HoldfastError): void;
  flush(): void;
  onRejected(listener: RejectedListener): () => void;
}

export function createPendingSource(ledger: Ledger, onError: (error: unknown) => void): PendingSource {
  const emitter = createEmitter(onError);
  const rejected: (readonly [PendingMutation, HoldfastError])[] = [];
  let snapshot: PendingMutations = { pending: [] };
  let isStale = false;
  let isDue = false;

  return {
    getSnapshot() {
      if (!isStale) return snapshot;
      isStale = false;
      const pending = [...ledger.all()].filter(({ state }) => state !== "answered").map(describe);
      if (pending.length > 0 || snapshot.pending.length > 0) snapshot = { pending };
      return snapshot;
    },
    subscribe: (listener) => emitter.on("change", listener),
    onRejected: (listener) => emitter.on("rejected", listener),
    change() {
      isStale = true;
      isDue = true;
    },
    reject: (entry, error) => void rejected.push([describe(entry), error]),
    flush() {
      if (isDue) {
        isDue = false;
        emitter.emit("change");
      }
      for (const [mutation, error] of rejected.splice(0)) emitter.emit("rejected", mutation, error);
    },
  };
}

function describe(entry: Entry): PendingMutation {
  const { id, collection, entityId, op, createdAt, attempts, error } = entry;
  const status = entry.state === "sent" ? "sent" : "queued";
  return { id, collection, entityId, op, status, createdAt, attempts, ...(error && { error }) };
}
