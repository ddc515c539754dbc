import type { Change, Entity, Envelope, Position } from "../../sdk/protocol/index.ts";

/**
 * Where projects live: entities, their order of changes, what was answered to whom.
 *
 * A store knows no sockets, no permissions and no meaning of an event. It keeps four promises, for every
 * implementation (`test/store` runs one contract suite on all of them):
 * 1. `transact` is atomic: entities, events, seq, registers and the answer are all there or none is, after any crash.
 * 2. The events of a project are numbered without a hole, and `onCommit` tells them in that order.
 * 3. `delta` costs what changed since the position, never what exists.
 * 4. What was promised (the promise of `transact` resolved) survives the end of the process, memory aside.
 */
export interface Store {
  /**
   * Decides on a consistent view and applies the decision in one transaction.
   * `decide` is synchronous and pure: a store may run it again when another writer came first.
   * What `decide` throws rejects the promise and changes nothing.
   * @throws StoreUnavailable when the store is out of reach; whether the decision was applied is then unknown,
   * and the same mutation may come again: its answer, if kept, says so.
   */
  transact<T>(projectId: string, decide: (view: View) => Decision<T>): Promise<T>;

  /** Position of a project; a project never seen gets its epoch here. */
  head(projectId: string): Promise<Position>;
  entity(projectId: string, collection: string, id: string): Promise<Entity | undefined>;
  list(projectId: string, collection: string): Promise<Listing>;
  register(projectId: string, name: string): Promise<unknown>;
  /** Every `projects` entity of the store. */
  projects(): Promise<readonly Entity[]>;
  /** Which project a session belongs to; session ids are unique in the store. */
  projectOfSession(sessionId: string): Promise<string | undefined>;

  snapshot(projectId: string): Promise<StoreSnapshot>;
  /** Entities by (collection, id), after the cursor, without a frozen view: each page says the head of its moment. */
  page(projectId: string, after: PageCursor | undefined, limit: number): Promise<StorePage>;
  /** What changed after `since`; `undefined` when only a snapshot will do. */
  delta(projectId: string, since: Position): Promise<StoreDelta | undefined>;

  /** Tells every commit, of any node, in seq order per project. Returns how to stop. */
  onCommit(listener: (commit: Commit) => void): () => void;
  /**
   * Says that somebody here hears a project; without an id: what is heard of any project (`project:*`, `notify:*`,
   * `session:created`). Returns how to take that back. Stores of one process tell everything and have no such method.
   * From the first call on, `onCommit` tells of other nodes' commits what is followed, and for a minute what was used.
   */
  follow?(projectId?: string): () => void;
  /** Tells whether the store can take writes now; embedded stores always can. */
  ready(): boolean;
  close(): Promise<void>;
}

/** A consistent state of one project, readable while deciding. */
export interface View {
  readonly projectId: string;
  readonly head: Position;
  entity(collection: string, id: string): Entity | undefined;
  /** Number of live entities, of one collection or of all. */
  count(collection?: string): number;
  /** The live entity of a collection with the lowest `createdAt`, then seq. */
  oldest(collection: string): Entity | undefined;
  /** Ids of the tasks whose `claimedBy` is this session. */
  claimsOf(sessionId: string): readonly string[];
  projectOfSession(sessionId: string): string | undefined;
  answer(owner: string, key: string): Answer | undefined;
  /** Highest n ever answered to this owner; 0 when none. */
  highest(owner: string): number;
  register(name: string): unknown;
}

export interface Decision<T> {
  readonly result: T;
  /** At most one write an entity. */
  readonly writes?: readonly Write[];
  /** Numbered from `view.head.seq + 1` without a hole, epoch and project filled in. */
  readonly events?: readonly CommittedEvent[];
  /** Small named values of a project that take no seq (focus); `undefined` removes. */
  readonly registers?: Readonly<Record<string, unknown>>;
  /** Messages without a seq that go out in order with the events. */
  readonly notices?: readonly Notice[];
  readonly answer?: NewAnswer;
  /** Removes everything of the project after the events went out and starts this epoch at seq 0. */
  readonly clear?: { readonly epoch: string };
}

export interface Write {
  readonly collection: string;
  readonly id: string;
  /** `null` removes. */
  readonly entity: Entity | null;
  /** Seq of the event that tells this write; equals `entity.seq`. */
  readonly seq: number;
  /** On an update: what changed against the version before, for deltas of fields. */
  readonly change?: Change;
}

export interface CommittedEvent {
  readonly envelope: Envelope;
  /** On `*:updated`: the change, for frames that carry changes instead of entities. */
  readonly change?: Change;
}

export interface Notice {
  readonly event: string;
  readonly payload: unknown;
}

/** What one owner (project, user, client) was answered under one key. */
export interface Answer {
  /** Hash or text of the request's body: another body under the same key is a mistake of the caller. */
  readonly fingerprint: string;
  readonly ack: unknown;
  readonly at: number;
}

export interface NewAnswer extends Answer {
  readonly owner: string;
  readonly key: string;
  /** Set for numbered mutations: the highest n is remembered for 30 days after the answer itself is gone. */
  readonly n?: number;
  /** The owner has these answers: they need not be kept. */
  readonly ackedThrough?: number;
}

export interface Commit {
  readonly projectId: string;
  readonly epoch: string;
  /** Seq after this commit. */
  readonly seq: number;
  readonly events: readonly CommittedEvent[];
  readonly notices: readonly Notice[];
  /** The project starts anew from here. */
  readonly reset?: Position;
  /** With `reset`: it was not cleared, what it holds now has to be read; only the history up to here is lost. */
  readonly isKept?: true;
}

export interface Listing {
  readonly items: readonly Entity[];
  readonly position: Position;
}

export interface StoreSnapshot {
  readonly position: Position;
  readonly entities: Readonly<Record<string, readonly Entity[]>>;
  readonly registers: Readonly<Record<string, unknown>>;
}

export interface PageCursor {
  readonly collection: string;
  readonly id: string;
}

export interface StorePage {
  readonly position: Position;
  readonly entities: Readonly<Record<string, readonly Entity[]>>;
  /** Entities in the whole project now. */
  readonly total: number;
  readonly next?: PageCursor;
  readonly registers: Readonly<Record<string, unknown>>;
}

export interface StoreDelta {
  readonly position: Position;
  readonly from: number;
  readonly changes: Readonly<Record<string, StoreChanges>>;
  /** Missed `notify:*` and `session:modal*` envelopes still kept. */
  readonly events: readonly Envelope[];
  readonly eventsLost: number;
  readonly registers: Readonly<Record<string, unknown>>;
}

export interface StoreChanges {
  /** Every live entity changed after `from`, in its last version. */
  readonly upserted: readonly Entity[];
  /** By id, for those of `upserted` whose every change since `from` is still known: all of them as one. */
  readonly changes: ReadonlyMap<string, Change>;
  readonly removed: readonly string[];
}

/** How long and how much a store keeps; defaults in `LIMITS`. */
export interface Retention {
  readonly removalsKept: number;
  readonly eventsKept: number;
  /** Field changes kept a project, for `StoreChanges.changes`. */
  readonly changesKept: number;
  readonly mutationsKept: number;
  readonly mutationsKeptMs: number;
  readonly highestKeptMs: number;
}

/** The store is out of reach for now; nothing is said about what was under way. */
export class StoreUnavailable extends Error {
  readonly retryAfterMs: number;
  constructor(message: string, retryAfterMs = 1_000) {
    super(message);
    this.name = "StoreUnavailable";
    this.retryAfterMs = retryAfterMs;
  }
}
