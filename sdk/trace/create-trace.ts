import { createEmitter } from "../util/emitter.ts";
import type { Source } from "../util/source.ts";

/** One thing that happened. Tokens are never kept, payloads only where the client was told to. */
export interface TraceEntry {
  /** Counts everything ever recorded, from 1. */
  readonly n: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** `in`, `out`, `ack`: frames; `status`: the connection; anything else: a decision of the part of that name. */
  readonly kind: string;
  readonly name: string;
  readonly detail?: unknown;
  /** What the server sent. */
  readonly payload?: unknown;
}

export interface TraceExport {
  readonly clientId: string;
  readonly exportedAt: number;
  /** Entries that fell out of the ring. */
  readonly dropped: number;
  readonly entries: readonly TraceEntry[];
}

/** The last 1,000 frames, positions and decisions of a client, oldest first. */
export interface Trace extends Source<readonly TraceEntry[]> {
  /** A plain copy, to attach to a report. */
  export(): TraceExport;
}

/** Adds an entry; `detail` holds scalars such as positions and codes, nothing large and nothing secret. */
export type RecordTrace = (kind: string, name: string, detail?: unknown, payload?: unknown) => void;

export function createTrace(
  clientId: string,
  now: () => number,
  onError: (error: unknown) => void,
  size = 1_000,
  keepsPayloads = false,
): { readonly trace: Trace; readonly record: RecordTrace } {
  const ring: TraceEntry[] = [];
  const changes = createEmitter(onError);
  let count = 0;
  let snapshot: readonly TraceEntry[] | undefined;

  const read = (): readonly TraceEntry[] => {
    const oldest = count % size;
    snapshot ??= count <= size ? [...ring] : [...ring.slice(oldest), ...ring.slice(0, oldest)];
    return snapshot;
  };

  return {
    trace: {
      getSnapshot: read,
      subscribe: (listener) => changes.on("", listener),
      export: () => ({
        clientId,
        exportedAt: now(),
        dropped: Math.max(0, count - size),
        entries: read(),
      }),
    },
    record(kind, name, detail, payload) {
      const entry = {
        ...{ n: count + 1, at: now(), kind, name },
        ...(detail !== undefined && { detail }),
        ...(keepsPayloads && payload !== undefined && { payload }),
      };
      ring[count % size] = entry;
      count += 1;
      snapshot = undefined;
      changes.emit("");
    },
  };
}
