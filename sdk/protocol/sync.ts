import { z } from "zod";
import type { Entity, Mail, Project, Session, Task, TeamMember } from "./entity.ts";
import type { Change, Envelope } from "./envelope.ts";
import type { FocusState } from "./focus.ts";
import { LIMITS } from "./limits.ts";
import { positionSchema } from "./position.ts";
import { idSchema } from "./scalars.ts";

const limitSchema = z.int().min(1).max(LIMITS.pageEntities);

/** `sync` in the handshake: as `state:sync`, of the project named there. */
export const handshakeSyncSchema = z.object({
  since: positionSchema.optional(),
  limit: limitSchema.optional(),
  /** The client takes `packed` changes. */
  packed: z.boolean().optional(),
});

export const stateSyncSchema = z.object({
  projectId: idSchema.optional(),
  since: positionSchema.optional(),
  limit: limitSchema.optional(),
  cursor: z.string().min(1).max(1_024).optional(),
});
export type StateSync = Readonly<z.infer<typeof stateSyncSchema>>;

export interface Page {
  readonly index: number;
  readonly total: number;
  readonly cursor?: string;
}

export interface SnapshotAck {
  readonly mode: "snapshot";
  readonly epoch: string;
  readonly seq: number;
  readonly project: Project | null;
  readonly sessions: readonly Session[];
  readonly tasks: readonly Task[];
  readonly teamMembers: readonly TeamMember[];
  readonly mail: readonly Mail[];
  readonly collections: Readonly<Record<string, readonly Entity[]>>;
  readonly focus: FocusState;
  readonly serverTime: number;
  readonly page?: Page;
}

/** Changes that set the same fields, as a table: for clients that ask for `packed`. */
export interface PackedChanges {
  readonly set: readonly string[];
  /** The values in the order of `set`. */
  readonly rows: readonly (readonly [id: string, version: number, ...values: unknown[]])[];
}

/** What became of one collection since a position. */
export interface CollectionChanges {
  readonly upserted: readonly Entity[];
  readonly patched?: readonly Change[];
  readonly packed?: readonly PackedChanges[];
  readonly removed: readonly string[];
}

export interface DeltaAck {
  readonly mode: "delta";
  readonly epoch: string;
  readonly seq: number;
  readonly from: number;
  readonly changes: Readonly<Record<string, CollectionChanges>>;
  readonly events: readonly Envelope[];
  readonly eventsLost?: number;
  readonly focus: FocusState;
  readonly serverTime: number;
}

export type SyncAck = SnapshotAck | DeltaAck;

export interface StateReset {
  readonly projectId: string;
  readonly epoch: string;
  readonly seq: number;
}

export const projectRefSchema = z.object({ projectId: idSchema });
export const sessionIdsSchema = z.array(idSchema).max(10_000);
export const subscribeSchema = z.object({ sessionIds: sessionIdsSchema });
