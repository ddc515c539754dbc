import type { Change, Envelope, Position } from "../../../sdk/protocol/index.ts";
import type { KeptChange } from "../change-merge.ts";
import { isKeptEvent } from "../kept-event.ts";
import { LOST_EVENTS_COUNTED } from "../retention.ts";
import type { Decision, Retention, Write } from "../store.ts";
import { type BoundedLog, createBoundedLog } from "./bounded-log.ts";
import { createEntityTable, type EntityTable } from "./entity-table.ts";

/** Everything of one project under one epoch; starting anew is another object of this kind. */
export interface ProjectState {
  position: Position;
  readonly table: EntityTable;
  readonly registers: Map<string, unknown>;
  readonly removals: BoundedLog<{ readonly collection: string; readonly id: string }>;
  readonly changes: BoundedLog<KeptChange>;
  readonly events: BoundedLog<Envelope>;
  /** Seqs alone of the kept events, further back than the events themselves. */
  readonly eventSeqs: BoundedLog<null>;
  /** Ids of the tasks a session claims. */
  readonly claims: Map<string, Set<string>>;
}

export function createProjectState(position: Position, retention: Retention): ProjectState {
  return {
    position,
    table: createEntityTable(),
    registers: new Map(),
    removals: createBoundedLog(retention.removalsKept),
    changes: createBoundedLog(retention.changesKept),
    events: createBoundedLog(retention.eventsKept),
    eventSeqs: createBoundedLog(retention.eventsKept * LOST_EVENTS_COUNTED),
    claims: new Map(),
  };
}

/** Applies what was decided and checked; `clear` and the answer are not a project's own business. */
export function applyDecision(state: ProjectState, decision: Decision<unknown>): void {
  for (const write of inOrder(decision.writes ?? [])) applyWrite(state, write);
  for (const { envelope } of decision.events ?? []) {
    const { seq } = envelope;
    if (seq === undefined || !isKeptEvent(envelope)) continue;
    state.events.push(seq, envelope);
    state.eventSeqs.push(seq, null);
  }
  applyRegisters(state, decision);
  const told = decision.events?.length ?? 0;
  if (told > 0) state.position = { epoch: state.position.epoch, seq: state.position.seq + told };
}

export function applyRegisters(state: ProjectState, { registers = {} }: Decision<unknown>): void {
  for (const [name, value] of Object.entries(registers)) {
    if (value === undefined) state.registers.delete(name);
    else state.registers.set(name, value);
  }
}

/** The order of changes must rise; writes come in it as a rule. */
function inOrder(writes: readonly Write[]): readonly Write[] {
  const rises = writes.every((write, at) => at === 0 || write.seq >= (writes[at - 1]?.seq ?? 0));
  return rises ? writes : [...writes].sort((a, b) => a.seq - b.seq);
}

function applyWrite(state: ProjectState, { collection, id, entity, seq, change }: Write): void {
  const before = state.table.entity(collection, id);
  if (collection === "tasks") moveClaim(state, id, before?.["claimedBy"], entity?.["claimedBy"]);
  if (entity !== null) {
    state.table.put(collection, entity);
    if (before !== undefined && change !== undefined) keepChange(state, collection, before.seq, seq, change);
  } else if (before !== undefined) {
    state.table.remove(collection, id);
    state.removals.push(seq, { collection, id });
  }
}

function keepChange(
  state: ProjectState,
  collection: string,
  prevSeq: number,
  seq: number,
  change: Change,
): void {
  state.changes.push(seq, { collection, id: change.id, seq, prevSeq, change });
}

function moveClaim(state: ProjectState, taskId: string, from: unknown, to: unknown): void {
  if (from === to) return;
  if (typeof from === "string") {
    const held = state.claims.get(from);
    held?.delete(taskId);
    if (held?.size === 0) state.claims.delete(from);
  }
  if (typeof to === "string") {
    const held = state.claims.get(to);
    if (held === undefined) state.claims.set(to, new Set([taskId]));
    else held.add(taskId);
  }
}
