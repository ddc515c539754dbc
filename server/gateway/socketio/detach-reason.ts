import type { DetachReason } from "../../core/ports/peer.ts";

const KNOWN: ReadonlySet<string> = new Set<DetachReason>([
  "transport close",
  "transport error",
  "ping timeout",
  "client namespace disconnect",
  "server namespace disconnect",
  "server shutting down",
]);

/** Socket.IO's reason for a disconnect; what it closes for a broken frame (`parse error`, `forced close`) is an error. */
export function detachReasonOf(reason: string): DetachReason {
  // Checked against the list that the type is made of.
  return KNOWN.has(reason) ? (reason as DetachReason) : "transport error";
}
