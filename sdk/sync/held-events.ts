import { LIMITS } from "../protocol/limits.ts";
import type { Placed } from "./take-events.ts";

/**
 * Live events that wait for a sync, in seq order. Beyond `max` the oldest go: the sync covers them most likely,
 * and where it does not, `lostThrough` says that another is due.
 */
export interface HeldEvents {
  readonly lostThrough: number;
  readonly size: number;
  add(events: readonly Placed[]): void;
  /** Gives all and forgets them. */
  drain(): { readonly events: readonly Placed[]; readonly lostThrough: number };
}

export function createHeldEvents(max: number = LIMITS.heldEvents): HeldEvents {
  let held: Placed[] = [];
  let lostThrough = 0;
  return {
    get lostThrough() {
      return lostThrough;
    },
    get size() {
      return held.length;
    },
    add(events) {
      held.push(...events);
      const excess = held.length - max;
      if (excess <= 0) return;
      for (const event of held.slice(0, excess)) lostThrough = Math.max(lostThrough, event.seq);
      held = held.slice(excess);
    },
    drain() {
      const drained = { events: held.sort((a, b) => a.seq - b.seq), lostThrough };
      held = [];
      lostThrough = 0;
      return drained;
    },
  };
}
