import type { HoldfastError } from "../errors.ts";
import type { Entity, Position } from "../protocol/index.ts";
import type { Intent } from "./intent.ts";
import type { MutationHandle } from "./mutation.ts";
import type { PendingOp } from "./pending-op.ts";
import type { Recipe } from "./record-edit.ts";

export type MutationEvent =
  | "mutate"
  | "mail:send"
  | "session:reply-input"
  | "session:spawn"
  | "session:modal_action";

/** A write as it can be stored and sent again, by this client or by one that adopts it. */
export interface StoredEntry {
  readonly id: string;
  readonly clientId: string;
  readonly n: number;
  readonly projectId: string | undefined;
  readonly collection: string;
  readonly entityId: string;
  readonly op: PendingOp;
  readonly event: MutationEvent;
  /** Fields of the frame beside ids and what the intent gives. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly intent: Intent;
  readonly createdAt: number;
  /** It may have reached the server: from then on it is repeated to the letter. Default false. */
  readonly wasSent?: boolean;
  /** Where the server's history holds it, once it was acknowledged. */
  readonly acked?: Position | undefined;
  /** What a positional intent was made on, as long as it was not sent. */
  readonly madeOn?: Entity | undefined;
}

/** A write of this client object from its making until the base holds it. Changed by its owner, `queue`, alone. */
export interface Entry extends Omit<StoredEntry, "intent" | "wasSent" | "acked" | "madeOn"> {
  intent: Intent;
  wasSent: boolean;
  /** Place in the queue. What is adopted comes before what is there: the server may have it already. */
  readonly order: number;
  readonly recipe: Recipe | undefined;
  /** As it was shown when the write was made. */
  readonly shown: Entity | undefined;
  madeOn: Entity | undefined;
  state: "queued" | "sent" | "acknowledged";
  attempts: number;
  /** Rank of its first sending by this client, among all. */
  sentAs: number | undefined;
  /** How often the server failed on it. */
  internalFailures: number;
  error: HoldfastError | undefined;
  acked: Position | undefined;
  /**
   * The server has decided it, as the base shows, although its answer is still on the way: a later write of the same
   * client is in the base, or what it creates was seen there. It is not shown any more.
   */
  isDecided: boolean;
  /** Id the server gave, where it is not ours (mail). */
  resultId: string;
  readonly handle: MutationHandle;
}

/** What an entry is made from. */
export type EntrySeed = Omit<StoredEntry, "madeOn"> & Pick<Entry, "recipe" | "madeOn" | "shown">;

export function createEntry(seed: EntrySeed, order: number, handle: MutationHandle): Entry {
  return {
    ...seed,
    order,
    handle,
    wasSent: seed.wasSent ?? false,
    acked: seed.acked,
    state: seed.acked === undefined ? "queued" : "acknowledged",
    attempts: 0,
    sentAs: undefined,
    internalFailures: 0,
    error: undefined,
    isDecided: false,
    resultId: seed.entityId,
  };
}

export function toStored(entry: Entry): StoredEntry {
  const { id, clientId, n, projectId, collection, entityId, op, event, body, intent, createdAt } = entry;
  const { wasSent, acked } = entry;
  const madeOn = wasSent ? undefined : entry.madeOn;
  return {
    id,
    clientId,
    n,
    projectId,
    collection,
    entityId,
    op,
    event,
    body,
    intent,
    createdAt,
    wasSent,
    acked,
    madeOn,
  };
}

/** Entities have no `/` in their ids, nor collections in their names. */
export function entityKey(collection: string, id: string): string {
  return `${collection}/${id}`;
}
