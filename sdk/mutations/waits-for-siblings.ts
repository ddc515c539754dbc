import type { Entry } from "./entry.ts";
import type { Ledger } from "./ledger.ts";

/** Whether earlier writes of its entity must be answered before it is sent. */
export function waitsForSiblings(ledger: Ledger, entry: Entry): boolean {
  const isPositional = entry.intent.kind === "patch" && entry.intent.positional;
  for (const earlier of ledger.ofEntity(entry.collection, entry.entityId)) {
    if (earlier === entry) return false;
    // Its version is not known before the earlier ones are in the base.
    if (isPositional) return true;
    // The id may turn out to be somebody else's, and this write must not reach that entity.
    if (earlier.intent.kind === "create" && !earlier.intent.ownId && earlier.state !== "acknowledged")
      return true;
  }
  return false;
}
