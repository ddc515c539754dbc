import type { Entity, Position } from "../protocol/index.ts";

/** Entities by collection and id. The store takes the inner maps over. */
export type Tables = ReadonlyMap<string, Map<string, Entity>>;

/** What became of entities, by collection and id; `null`: it is gone. */
export type Changes = ReadonlyMap<string, ReadonlyMap<string, Entity | null>>;

/** What is shown of an entity instead of the base. */
export interface OverlayChange {
  readonly collection: string;
  readonly id: string;
  /** `null`: nothing is shown; `undefined`: the base shows through again. */
  readonly entity: Entity | null | undefined;
}

/** The event of one of our mutations arrived: the base of this very batch holds its effect. */
export interface Confirmation {
  readonly mutationId: string;
  readonly collection: string;
  readonly id: string;
  /** `null` after a removal. */
  readonly result: Entity | null;
}

/** All that changes in one step. Subscribers see either none or all of it. */
export interface Batch {
  /** The whole base anew, as by a snapshot. `base` is applied on top. */
  readonly replace?: Tables | undefined;
  readonly base?: Changes;
  /** Position that the base is at after this batch. */
  readonly position?: Position;
  readonly confirmed?: readonly Confirmation[];
  readonly overlay?: readonly OverlayChange[];
}

/** A change of the base as the overlay's owner learns of it, tables already changed, subscribers not yet told. */
export interface BaseCommit {
  readonly replaced: boolean;
  readonly base: Changes;
  readonly confirmed: readonly Confirmation[];
  readonly position: Position | undefined;
  /** Position before, to tell a change of epoch. */
  readonly before: Position | undefined;
  readonly projectId: string;
}

/** Who owns the overlay: asked within every commit that touches the base, what to show from then on. */
export interface OverlayLayer {
  rebase(commit: BaseCommit): readonly OverlayChange[];
  /** Called after such a commit, subscribers told. */
  after(): void;
}
