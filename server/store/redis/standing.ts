import type { Position } from "../../../sdk/protocol/index.ts";

/** Where a project stands. */
export interface Standing {
  /** Names one unbroken history: another one begins when the store may have come back with an older state. */
  readonly life: string;
  /** Rises by one with every commit of the life, also with those that take no seq. */
  readonly rev: number;
  readonly epoch: string;
  readonly seq: number;
  /** Rises whenever the project is cleared. */
  readonly era: number;
  /** Live entities. */
  readonly total: number;
  /** Kept events that ever were in this epoch. */
  readonly kept: number;
}

export function positionOf({ epoch, seq }: Standing): Position {
  return { epoch, seq };
}

/** Reads what `project()` of the scripts gives. */
export function standingOf(reply: unknown): Standing {
  // The scripts return these fields in this order.
  const [life, rev, epoch, seq, era, total, kept] = reply as string[];
  return {
    life: life ?? "",
    rev: Number(rev),
    epoch: epoch ?? "",
    seq: Number(seq),
    era: Number(era),
    total: Number(total),
    kept: Number(kept),
  };
}

/** Names and values by turns, as pairs. */
export function pairsOf(reply: unknown): [string, string][] {
  // Hashes and pages come flat from the scripts.
  const flat = reply as string[];
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.push([flat[at] ?? "", flat[at + 1] ?? ""]);
  return pairs;
}
