import type { HoldfastError } from "../errors.ts";
import type { Entity, Mail, MutateAck, Position, Session } from "../protocol/index.ts";
import type { Entry } from "./entry.ts";
import type { KnownIntent } from "./intent.ts";

/** What any of the write events is answered with. A server must give `mutate` all of it, the shortcuts only theirs. */
export type AnyAck = Partial<MutateAck> & { readonly mail?: Mail; readonly session?: Session };

/** The entity a write made or changed, and where the history holds it as far as the ack lets us know. */
export function readAck(
  ack: AnyAck,
  position: Position | undefined,
): { readonly result: Entity | null; readonly acked: Position } {
  const result = ack.result ?? ack.mail ?? ack.session ?? null;
  const epoch = ack.epoch ?? position?.epoch ?? "";
  return { result, acked: { epoch, seq: ack.seq ?? result?.seq ?? position?.seq ?? 0 } };
}

/** What a refusal tells of the entity, if anything. It may be old news: that shows only beside the base. */
export function readRefusal(entry: Entry, error: HoldfastError): KnownIntent | undefined {
  if (error.code === "NOT_FOUND") {
    // Of a claim it may be the session that was not found; of a creation not yet taken the life is not known.
    const isAbout = entry.op === "update" || entry.op === "remove";
    const { shown } = entry;
    return isAbout && shown !== undefined && shown.version > 0
      ? { kind: "known", entity: null, createdAt: shown.createdAt }
      : undefined;
  }
  const current = error.code === "CONFLICT" ? error.details?.["current"] : undefined;
  if (typeof current !== "object" || current === null) return undefined;
  // The contract: `current` is the entity as the server has it, of the write's own collection (a claim's is a session).
  const entity = current as Entity;
  return entity.id === entry.entityId ? { kind: "known", entity, createdAt: entity.createdAt } : undefined;
}
