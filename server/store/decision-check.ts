import type { Position } from "../../sdk/protocol/index.ts";
import type { Decision } from "./store.ts";

/**
 * Refuses a decision that would break the numbering or the keys every store relies on, before anything is written.
 * @throws TypeError naming the fault; it is always one of the code that decided.
 */
export function checkDecision(projectId: string, head: Position, decision: Decision<unknown>): void {
  const events = decision.events ?? [];
  for (const [index, { envelope }] of events.entries()) {
    const seq = head.seq + 1 + index;
    if (envelope.seq !== seq || envelope.epoch !== head.epoch || envelope.projectId !== projectId) {
      throw new TypeError(
        `event ${envelope.event} says ${envelope.projectId} ${envelope.epoch} ${envelope.seq}, but is number ${seq} of ${projectId} ${head.epoch}`,
      );
    }
  }
  const seen = new Set<string>();
  for (const { collection, id, entity, seq } of decision.writes ?? []) {
    // No id holds a slash, so the pair is one to one with the text.
    const key = `${collection}/${id}`;
    if (seen.has(key)) throw new TypeError(`two writes of ${key} in one decision`);
    seen.add(key);
    if (!(seq > head.seq && seq <= head.seq + events.length)) {
      throw new TypeError(`the write of ${key} names event ${seq}, which is not of this decision`);
    }
    if (entity !== null && (entity.id !== id || entity.seq !== seq)) {
      throw new TypeError(`the write of ${key} at ${seq} holds ${entity.id} at ${entity.seq}`);
    }
  }
}
