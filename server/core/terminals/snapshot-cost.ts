import type { Size } from "./size.ts";

/** A row of text with some colour, measured at about half its columns. */
const BYTES_A_LINE = 40;
/** Modes, tabs, titles. */
const LEAST_BYTES = 200;
/** Different histories that are asked for; beyond, all are guessed anew. */
const MAX_HISTORIES = 16;
/** A viewer that asks for more has not got them before there is output for them. */
const USUAL_LINES = 1_000;

/**
 * What a snapshot is expected to take: as much as the last one and what came since, up to a guess by its lines or the
 * last one, whatever is more.
 */
export interface SnapshotCost {
  of(history: number, size: Size, head: number): number;
  taken(history: number, head: number, bytes: number): void;
}

export function createSnapshotCost(start: number): SnapshotCost {
  const last = new Map<number, { readonly head: number; readonly bytes: number }>();
  return {
    of(history, { rows }, head) {
      const known = last.get(history) ?? { head: start, bytes: LEAST_BYTES };
      const guess = (rows + Math.min(history, USUAL_LINES)) * BYTES_A_LINE;
      return Math.min(known.bytes + head - known.head, Math.max(known.bytes, guess));
    },
    taken(history, head, bytes) {
      if (last.size >= MAX_HISTORIES && !last.has(history)) last.clear();
      last.set(history, { head, bytes });
    },
  };
}
