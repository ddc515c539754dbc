import type { Position } from "../../../sdk/protocol/index.ts";
import type { Database, Reader } from "./database.ts";
import { keys, type LogName } from "./keys.ts";
import type { WriteSet } from "./write-set.ts";

/** The one record of a project that every commit reads and writes. */
export interface Head {
  /** Number that the project's records begin with until it starts anew. */
  readonly life: number;
  readonly epoch: string;
  seq: number;
  /** Rises with every change of registers, which take no seq. */
  registered: number;
  total: number;
  readonly counts: Record<string, number>;
  readonly logs: Record<LogName, LogHead>;
}

/** As a log stands: how many it holds, and what was dropped from its old end. */
export interface LogHead {
  length: number;
  dropped: number;
  droppedThrough: number;
}

export function positionOf({ epoch, seq }: Head): Position {
  return { epoch, seq };
}

export function countOf(head: Head, collection: string): number {
  return Object.hasOwn(head.counts, collection) ? (head.counts[collection] ?? 0) : 0;
}

export function readHead(reader: Reader, projectId: string): Head | undefined {
  return reader.get<Head>(keys.head(projectId));
}

/** A head for a project that has none, or none any more, with the next number of the store. */
export function startLife(db: Database, set: WriteSet, epoch: string): Head {
  const life = db.get<number>(keys.nextLife()) ?? 1;
  set.put(keys.nextLife(), life + 1);
  const log = (): LogHead => ({ length: 0, dropped: 0, droppedThrough: 0 });
  return {
    life,
    epoch,
    seq: 0,
    registered: 0,
    total: 0,
    counts: {},
    logs: { removal: log(), change: log(), event: log(), eventSeq: log() },
  };
}
