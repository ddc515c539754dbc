import type { Entity } from "../../../sdk/protocol/index.ts";

/** A modal of a session, as its agent reported it. */
export interface Modal {
  readonly modalId: string;
  readonly [field: string]: unknown;
}

export function modalsOf(session: Entity): readonly Modal[] {
  // Validated by the schema of sessions.
  return (session["modals"] as readonly Modal[] | undefined) ?? [];
}
