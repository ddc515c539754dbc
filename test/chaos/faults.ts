/** What a run can be troubled by. Each must have happened, in a test that claims it. */
export const FAULTS = [
  "drop",
  "half-open",
  "duplicate",
  "delay",
  "reorder",
  "lost ack",
  "server restart",
  "new epoch",
  "token expiry",
  "two tabs",
  "reload",
  "crash",
] as const;

export type Fault = (typeof FAULTS)[number];

/** How often each fault happened. */
export type FaultCounts = Record<Fault, number>;

export function noFaults(): FaultCounts {
  // Every fault is listed, so every one has its count.
  return Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as FaultCounts;
}
