import type { Entity } from "../../../sdk/protocol/index.ts";
import { Fault } from "../fault.ts";
import type { Draft } from "./draft.ts";
import type { Kind, Kinds } from "./kinds.ts";

/** @throws Fault `NOT_FOUND` */
export function findSession(draft: Draft, sessionId: string): Entity {
  const session = draft.entity("sessions", sessionId);
  if (session === undefined) throw new Fault("NOT_FOUND", `There is no session ${sessionId}`);
  return session;
}

/** A built-in collection: it is always there. */
export function builtIn(kinds: Kinds, collection: "sessions" | "mail"): Kind {
  const kind = kinds.get(collection);
  if (kind === undefined) throw new Error(`the collection ${collection} is missing`);
  return kind;
}
