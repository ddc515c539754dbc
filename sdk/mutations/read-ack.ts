import type { Entity, Mail, MutateAck, Position, Session } from "../protocol/index.ts";

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
