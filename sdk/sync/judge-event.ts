import type { Position } from "../protocol/index.ts";

/** `ahead`: events in between are missing; `epoch`: of another history. */
export type Verdict = "apply" | "drop" | "ahead" | "epoch";

/** The client rule for a live event of a joined project (protocol section 4). */
export function judgeEvent(
  position: Position | undefined,
  event: { readonly epoch?: string | undefined; readonly seq: number },
): Verdict {
  if (position === undefined) return "epoch";
  if (event.epoch !== undefined && event.epoch !== position.epoch) return "epoch";
  if (event.seq <= position.seq) return "drop";
  return event.seq === position.seq + 1 ? "apply" : "ahead";
}
