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
  readonly projectId: string;
  readonly collection: string;
  readonly entityId: string;
  readonly op: PendingOp;
  readonly event: MutationEvent;
  /** Fields of the frame beside ids and what the intent gives. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly intent: Intent;
  readonly createdAt: number;
  /** Place in the queue of the page that kept it. Default `n`. */
  readonly order?: number;
  /** It may have reached the server: from then on it is repeated to the letter. Default false. */
  readonly wasSent?: boolean;
  /** See `Entry`. Default false. */
  readonly isDecided?: boolean;
  /** Where the server's history holds it, or what it was refused for, once it was answered. */
  readonly acked?: Position | undefined;
  /** What a positional intent was made on, as long as it was not sent. */
  readonly madeOn?: Entity | undefined;
}

/** A write of this client object from its making until the base holds it. Changed within this folder alone. */
export interface Entry
  extends Omit<StoredEntry, "order" | "intent" | "wasSent" | "isDecided" | "acked" | "madeOn"> {
  intent: Intent;
  wasSent: boolean;
  /** Place in the queue. What is adopted comes before what is there: the server may have it already. */
  readonly order: number;
  readonly recipe: Recipe | undefined;
  /** As it was shown when the write was made. */
  readonly shown: Entity | undefined;
  madeOn: Entity | undefined;
  /** No page that is gone ever sent it. */
  readonly isOurs: boolean;
  /** `answered`: taken by the server, or refused with word of what it has instead. */
  state: "queued" | "sent" | "answered";
  attempts: number;
  /** Rank of its first sending by this client, among all. */
  sentAs: number | undefined;
  /** How often the server failed on it. */
  internalFailures: number;
  error: HoldfastError | undefined;
  /** Where the history holds it, or what it was refused for. */
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
export type EntrySeed = Omit<StoredEntry, "madeOn" | "order"> & Pick<Entry, "recipe" | "madeOn" | "shown">;

export function createEntry(seed: EntrySeed, order: number, handle: MutationHandle): Entry {
  return {
    ...seed,
    order,
    handle,
    wasSent: seed.wasSent ?? false,
    isOurs: seed.wasSent !== true,
    acked: seed.acked,
    state: seed.acked === undefined ? "queued" : "answered",
    attempts: 0,
    sentAs: undefined,
    internalFailures: 0,
    error: undefined,
    isDecided: seed.isDecided ?? false,
    resultId: seed.entityId,
  };
}

export function toStored(entry: Entry): StoredEntry {
  const {
    recipe,
    shown,
    isOurs,
    state,
    attempts,
    sentAs,
    internalFailures,
    error,
    resultId,
    handle,
    ...kept
  } = entry;
  return { ...kept, madeOn: kept.wasSent ? undefined : kept.madeOn };
}
