import type { Entity, Patch } from "../../../sdk/protocol/index.ts";
import type { Fields } from "./fields.ts";

interface Target {
  readonly collection: string;
  readonly id: string;
  readonly ifVersion?: number | undefined;
}

/** One change of one entity, as asked for: those of `mutate`, and the merge patch of HTTP. */
export type Operation =
  | (Target & { readonly op: "create"; readonly value: Fields })
  | (Target & { readonly op: "update"; readonly patches: readonly Patch[] })
  | (Target & { readonly op: "merge"; readonly value: Fields })
  | (Target & { readonly op: "remove" })
  | (Target & { readonly op: "claim"; readonly value: { readonly sessionId: string } })
  | (Target & { readonly op: "release"; readonly value?: { readonly sessionId: string } | undefined });

/** What a change came to, beside the position. */
export interface Outcome {
  readonly result: Entity | null;
  /** Seq of its last event; the head's when it made none. */
  readonly seq: number;
  readonly epoch: string;
}
