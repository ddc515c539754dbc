import type { Position } from "../protocol/index.ts";

/**
 * Whether a base at `position` holds what the server acknowledged at `acked`.
 * Epochs have no order of their own: those the base has left are behind, any other is still to come.
 */
export function hasPassed(
  position: Position | undefined,
  acked: Position,
  left: { has(epoch: string): boolean },
): boolean {
  if (position === undefined) return false;
  if (position.epoch === acked.epoch) return position.seq >= acked.seq;
  return left.has(acked.epoch);
}
