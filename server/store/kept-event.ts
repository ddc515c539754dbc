import type { Envelope } from "../../sdk/protocol/index.ts";

/** Whether an event tells something that no entity shows, so that a client that missed it must get it later. */
export function isKeptEvent(envelope: Envelope): boolean {
  return envelope.event.startsWith("notify:") || envelope.event.startsWith("session:modal");
}
