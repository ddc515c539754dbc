import type { Change, Entity } from "../../../sdk/protocol/index.ts";
import type { KeptChange } from "../change-merge.ts";
import { isKeptEvent } from "../kept-event.ts";
import { LOST_EVENTS_COUNTED } from "../retention.ts";
import type { Decision, Retention, View, Write } from "../store.ts";
import type { Database } from "./database.ts";
import { countOf, type Head, startLife } from "./head.ts";
import { isPlain, keys } from "./keys.ts";
import { appendToLog, type LogRecord } from "./log-append.ts";
import type { SessionPlace } from "./view.ts";
import type { WriteSet } from "./write-set.ts";

export interface CommitPlan {
  readonly db: Database;
  readonly set: WriteSet;
  readonly projectId: string;
  /** Changed in place; its record is written last. */
  readonly head: Head;
  /** Whether the head was made for this decision: it stays, as the decision may have told its epoch. */
  readonly isNew: boolean;
  readonly view: View;
  readonly retention: Retention;
}

/** A removed entity, as the log of removals keeps it. */
export interface Removal {
  readonly collection: string;
  readonly id: string;
}

/** Gathers all writes of a decision, its answer aside. Reads what it replaces, never more. */
export function planCommit(plan: CommitPlan, decision: Decision<unknown>): void {
  const { set, head, projectId, isNew } = plan;
  if (decision.clear !== undefined) {
    startAnew(plan, decision, decision.clear.epoch);
    return;
  }
  planWrites(plan, decision.writes ?? []);
  planEvents(plan, decision);
  planRegisters(set, head, decision);
  head.seq += decision.events?.length ?? 0;
  if (isNew || changesHead(decision)) set.put(keys.head(projectId), head);
}

function changesHead({ writes = [], events = [], registers = {} }: Decision<unknown>): boolean {
  return writes.length > 0 || events.length > 0 || Object.keys(registers).length > 0;
}

/** The records of the life that ends are removed piece by piece afterwards; nothing leads to them any more. */
function startAnew(
  { db, set, projectId, head }: CommitPlan,
  decision: Decision<unknown>,
  epoch: string,
): void {
  set.put(keys.trash(head.life), 0);
  const next = startLife(db, set, epoch);
  planRegisters(set, next, decision);
  set.put(keys.head(projectId), next);
}

function planRegisters(set: WriteSet, head: Head, { registers = {} }: Decision<unknown>): void {
  for (const [name, value] of Object.entries(registers)) {
    const key = keys.register(head.life, plain(name));
    if (value === undefined) set.remove(key);
    else set.put(key, value);
    head.registered += 1;
  }
}

function planEvents({ db, set, head, retention }: CommitPlan, { events = [] }: Decision<unknown>): void {
  const kept = events.map((event) => event.envelope).filter(isKeptEvent);
  const { length, dropped } = head.logs.eventSeq;
  const seqs = kept.map(({ seq = 0 }, at): LogRecord => ({ seq, value: length + dropped + at + 1 }));
  const envelopes = kept.map((envelope): LogRecord => ({ seq: envelope.seq ?? 0, value: envelope }));
  appendToLog(db, set, head, "eventSeq", seqs, retention.eventsKept * LOST_EVENTS_COUNTED);
  appendToLog(db, set, head, "event", envelopes, retention.eventsKept);
}

function planWrites(plan: CommitPlan, writes: readonly Write[]): void {
  const { db, set, head, retention } = plan;
  const removals: LogRecord[] = [];
  const changes: LogRecord[] = [];
  for (const write of [...writes].sort((a, b) => a.seq - b.seq)) {
    const { collection, id, entity, seq, change } = write;
    const before = plan.view.entity(plain(collection), plain(id));
    if (before !== undefined) unindex(set, head, collection, before);
    if (entity !== null) {
      set.put(keys.entity(head.life, collection, id), entity);
      index(plan, collection, entity);
      if (before !== undefined && change !== undefined)
        changes.push(keptChange(collection, before, seq, change));
    } else if (before !== undefined) {
      set.remove(keys.entity(head.life, collection, id));
      removals.push({ seq, value: { collection, id } satisfies Removal });
      if (collection === "sessions") dropSession(plan, id);
    }
    const added = (entity === null ? 0 : 1) - (before === undefined ? 0 : 1);
    head.total += added;
    head.counts[collection] = countOf(head, collection) + added;
  }
  appendToLog(db, set, head, "removal", removals, retention.removalsKept);
  appendToLog(db, set, head, "change", changes, retention.changesKept);
}

function keptChange(collection: string, before: Entity, seq: number, change: Change): LogRecord {
  return { seq, value: { collection, id: before.id, seq, prevSeq: before.seq, change } satisfies KeptChange };
}

function index({ set, head, projectId }: CommitPlan, collection: string, entity: Entity): void {
  const { id, seq, createdAt } = entity;
  set.put(keys.changed(head.life, seq, collection, id), 0);
  set.put(keys.age(head.life, collection, createdAt, seq, id), 0);
  const claimedBy = entity["claimedBy"];
  if (collection === "tasks" && typeof claimedBy === "string") {
    set.put(keys.claim(head.life, plain(claimedBy), id), 0);
  }
  if (collection === "sessions") {
    set.put(keys.session(id), { projectId, life: head.life } satisfies SessionPlace);
  }
}

function unindex(
  set: WriteSet,
  { life }: Head,
  collection: string,
  { id, seq, createdAt, ...fields }: Entity,
): void {
  set.remove(keys.changed(life, seq, collection, id));
  set.remove(keys.age(life, collection, createdAt, seq, id));
  const claimedBy = fields["claimedBy"];
  if (collection === "tasks" && typeof claimedBy === "string") set.remove(keys.claim(life, claimedBy, id));
}

/** Another project may have taken the id since, if whoever decided did not mind. */
function dropSession({ db, set, head }: CommitPlan, id: string): void {
  if (db.get<SessionPlace>(keys.session(id))?.life === head.life) set.remove(keys.session(id));
}

/** @throws TypeError for a name that cannot stand in a key; ids of the protocol all can. */
function plain(name: string): string {
  if (!isPlain(name)) throw new TypeError(`"${name}" is no name: 1 to 200 printable ASCII characters`);
  return name;
}
