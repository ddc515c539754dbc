import type { Position } from "../../sdk/protocol/index.ts";
import type { Commit, Decision } from "./store.ts";

/**
 * What there is to tell of a decision; `undefined` when nobody outside can notice it (a kept answer, a register alone).
 * `epoch` and `seq` are those of its events, also when the project starts anew after them.
 */
export function commitOf(projectId: string, head: Position, decision: Decision<unknown>): Commit | undefined {
  const { events = [], notices = [], clear } = decision;
  if (events.length === 0 && notices.length === 0 && clear === undefined) return undefined;
  return {
    projectId,
    epoch: head.epoch,
    seq: head.seq + events.length,
    events,
    notices,
    ...(clear !== undefined && { reset: { epoch: clear.epoch, seq: 0 } }),
  };
}
