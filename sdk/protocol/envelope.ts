import type { Entity } from "./entity.ts";

/** One top-level change of an entity, on the version before (`version - 1`) or, in a delta, on `from`. */
export interface Change {
  readonly id: string;
  readonly version: number;
  readonly set: Readonly<Record<string, unknown>>;
  readonly unset?: readonly string[];
}

/** How every domain event travels; `type` and `event` are equal. */
export interface Envelope<Data = unknown> {
  readonly type: string;
  readonly event: string;
  readonly data: Data;
  readonly timestamp: number;
  readonly projectId?: string;
  readonly sessionId?: string;
  readonly seq?: number;
  readonly epoch?: string;
  readonly mutationId?: string;
}

/** As in an `events` frame: a `*:updated` may carry what changed instead of the whole entity. */
export type FramedEnvelope = Envelope | (Omit<Envelope, "data"> & { readonly change: Change });

export interface EventsFrame {
  readonly events: readonly FramedEnvelope[];
}

/** Data of an event about an entity. */
export type EntityEnvelope = Envelope<Entity>;
