import { LIMITS } from "../../sdk/protocol/limits.ts";
import type { Retention } from "./store.ts";

/** Bounds of the protocol (sections 4 and 6); `changesKept` covers a client that slept through 10,000 edits. */
export const DEFAULT_RETENTION: Retention = {
  removalsKept: LIMITS.removalsKept,
  eventsKept: LIMITS.eventsKept,
  changesKept: 10_000,
  mutationsKept: LIMITS.mutationsKept,
  mutationsKeptMs: LIMITS.mutationsKeptMs,
  highestKeptMs: LIMITS.highestKeptMs,
};

/** For each kept event, so many more are remembered by number, so that `eventsLost` is exact that far back. */
export const LOST_EVENTS_COUNTED = 100;

export function resolveRetention(given: Partial<Retention> = {}): Retention {
  return { ...DEFAULT_RETENTION, ...given };
}
