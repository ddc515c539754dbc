import type { HoldfastError } from "../errors.ts";
import type { Entry } from "./entry.ts";

/** A write that was asked for, before it has a place in the queue. */
export interface Write
  extends Pick<
    Entry,
    "collection" | "entityId" | "op" | "event" | "body" | "intent" | "recipe" | "madeOn" | "shown"
  > {
  /** It cannot be: rejected without being sent. */
  readonly refusal?: HoldfastError | undefined;
}
