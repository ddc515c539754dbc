import type { Entity } from "../../../sdk/protocol/index.ts";
import { appendTo } from "../append-to.ts";
import { LOST_EVENTS_COUNTED } from "../retention.ts";
import type { Retention } from "../store.ts";
import { entityName } from "./cell.ts";
import type { Keys, ProjectKeys } from "./keys.ts";
import { createOperations, type Operations } from "./operations.ts";
import type { Overlay, WrittenEntity } from "./overlay.ts";
import type { Replica } from "./replica.ts";
import type { Standing } from "./standing.ts";

/** What a batch does to the keys of its project, and where the project stands then. */
export interface BatchPlan {
  readonly operations: Operations;
  readonly standing: Standing;
  /** Counts of the collections that changed. */
  readonly counts: Readonly<Record<string, number>>;
  /** Sessions whose claims changed. */
  readonly claims: ReadonlySet<string>;
}

export interface PlanDeps {
  readonly projectId: string;
  readonly keys: Keys;
  readonly retention: Retention;
}

/** Beyond what the protocol promises, so that a clock that differs from the server's takes nothing away early. */
const SPARE_MS = 24 * 60 * 60_000;

export function planBatch(deps: PlanDeps, replica: Replica, overlay: Overlay): BatchPlan {
  const { projectId, retention } = deps;
  const keys = deps.keys.of(projectId);
  const operations = createOperations([keys.meta, keys.log, deps.keys.sessions]);
  const { standing: before } = replica;
  const { clear } = overlay;
  const written = clear === undefined ? [...overlay.entities.values()] : [];
  const counts = countsOf(replica, written);
  const standing: Standing =
    clear === undefined
      ? {
          ...before,
          rev: before.rev + 1,
          seq: overlay.position.seq,
          total:
            before.total +
            Object.entries(counts).reduce((sum, [name, n]) => sum + n - replica.count(name), 0),
          kept: before.kept + overlay.events.length,
        }
      : {
          ...before,
          rev: before.rev + 1,
          epoch: clear.epoch,
          seq: 0,
          era: before.era + 1,
          total: 0,
          kept: 0,
        };
  const { rev, epoch, seq, era, total, kept } = standing;
  operations.add("HSET", keys.meta, ...Object.entries({ rev, epoch, seq, era, total, kept }).flat());

  const claims = new Set<string>();
  if (clear === undefined) {
    planEntities(operations, keys, written, claims);
    planOutside(operations, deps, written, `${era} ${projectId}`);
    planLogs(operations, keys, overlay, before.kept, retention);
    operations.addAll("HSET", keys.counts, Object.entries(counts));
  } else {
    planClear(operations, deps, replica);
  }
  planRegisters(operations, keys, overlay);
  planAnswers(operations, keys, overlay, retention);
  return { operations, standing, counts, claims };
}

function countsOf(replica: Replica, written: readonly WrittenEntity[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { collection, before, entity } of written) {
    const added = Number(entity !== undefined) - Number(before !== undefined);
    if (added !== 0) counts[collection] = (counts[collection] ?? replica.count(collection)) + added;
  }
  return counts;
}

function planEntities(
  operations: Operations,
  keys: ProjectKeys,
  written: readonly WrittenEntity[],
  claims: Set<string>,
): void {
  const put: string[][] = [];
  const changed: (string | number)[][] = [];
  const made: (string | number)[][] = [];
  const gone: string[][] = [];
  const claimed: (string | number)[][] = [];
  const unclaimed: string[][] = [];
  const aged = new Map<string, (string | number)[][]>();
  const unaged = new Map<string, string[][]>();
  for (const { collection, id, before, entity, json } of written) {
    const name = entityName(collection, id);
    if (before !== undefined) appendTo(unaged, collection, [ageOf(before)]);
    if (entity !== undefined) {
      put.push([name, json ?? ""]);
      changed.push([entity.seq, name]);
      appendTo(aged, collection, [createdAt(entity), ageOf(entity)]);
      if (before === undefined) made.push([0, name]);
    } else if (before !== undefined) {
      gone.push([name]);
    }
    if (collection !== "tasks" || before?.["claimedBy"] === entity?.["claimedBy"]) continue;
    for (const [task, list] of [[before, unclaimed] as const, [entity, claimed] as const]) {
      const sessionId = task?.["claimedBy"];
      if (typeof sessionId !== "string") continue;
      claims.add(sessionId);
      if (list === unclaimed) unclaimed.push([`${sessionId} ${id}`]);
      else claimed.push([0, `${sessionId} ${id}`]);
    }
  }
  operations.addAll("HSET", keys.entities, put);
  operations.addAll("ZADD", keys.changed, changed);
  operations.addAll("ZADD", keys.ids, made);
  operations.addAll("HDEL", keys.entities, gone);
  operations.addAll("ZREM", keys.changed, gone);
  operations.addAll("ZREM", keys.ids, gone);
  operations.addAll("ZREM", keys.claims, unclaimed);
  operations.addAll("ZADD", keys.claims, claimed);
  // Before the new ages: an entity written twice at one seq would lose its own.
  for (const [collection, members] of unaged) operations.addAll("ZREM", keys.ages(collection), members);
  for (const [collection, members] of aged) operations.addAll("ZADD", keys.ages(collection), members);
}

const SEQ_DIGITS = 16;

/** Among those made at the same time, the lower seq comes first. */
function ageOf({ seq, id }: Entity): string {
  return `${String(seq).padStart(SEQ_DIGITS, "0")} ${id}`;
}

function createdAt(entity: Entity): number {
  return Number.isFinite(entity.createdAt) ? entity.createdAt : 0;
}

/** What stands outside of the project's own keys: the places of sessions, the list of projects. */
function planOutside(
  operations: Operations,
  { projectId, keys }: PlanDeps,
  written: readonly WrittenEntity[],
  place: string,
): void {
  for (const { collection, id, entity, json } of written) {
    if (collection === "sessions") {
      if (entity !== undefined) operations.add("HSET", keys.sessions, id, place);
      else operations.add("LEAVE", keys.sessions, id, place);
    } else if (collection === "projects") {
      const name = `${projectId} ${id}`;
      if (json !== undefined) operations.add("HSET", keys.projects, name, json);
      else operations.add("HDEL", keys.projects, name);
    }
  }
}

function planLogs(
  operations: Operations,
  keys: ProjectKeys,
  { removals, changes, events }: Overlay,
  keptBefore: number,
  retention: Retention,
): void {
  operations.addAll(
    "ZADD",
    keys.removals,
    removals.map(({ name, seq }) => [seq, `${name} ${seq}`]),
  );
  if (removals.length > 0) operations.add("TRIM", keys.removals, retention.removalsKept);
  const limit = retention.changesKept;
  for (const [at, { seq, json }] of changes.entries()) {
    operations.add("XADD", keys.changes, "MAXLEN", "=", limit, `${seq}-${at}`, "v", json);
  }
  for (const [at, { seq, json }] of events.entries()) {
    operations.add("XADD", keys.events, "MAXLEN", "=", retention.eventsKept, `${seq}-0`, "v", json);
    const counted = retention.eventsKept * LOST_EVENTS_COUNTED;
    operations.add("XADD", keys.eventSeqs, "MAXLEN", "=", counted, `${seq}-0`, "v", keptBefore + at + 1);
  }
}

function planClear(operations: Operations, { projectId, keys: all }: PlanDeps, replica: Replica): void {
  const keys = all.of(projectId);
  const { era } = replica.standing;
  const { entities, changed, counts, claims, registers, removals, changes, events, eventSeqs } = keys;
  const removed = [entities, changed, counts, claims, registers, removals, changes, events, eventSeqs];
  const numbers = [
    ...[keys.gone(era), all.gone, all.projects],
    ...removed,
    ...replica.collections().map((collection) => keys.ages(collection)),
  ].map((name) => operations.key(name));
  operations.add("CLEAR", keys.ids, `${era} ${projectId}`, projectId, ...numbers);
}

function planRegisters(operations: Operations, keys: ProjectKeys, { registers }: Overlay): void {
  const all = [...registers];
  operations.addAll(
    "HSET",
    keys.registers,
    all.flatMap(([name, { json }]) => (json === undefined ? [] : [[name, json]])),
  );
  operations.addAll(
    "HDEL",
    keys.registers,
    all.flatMap(([name, { json }]) => (json === undefined ? [[name]] : [])),
  );
}

function planAnswers(
  operations: Operations,
  keys: ProjectKeys,
  { answers }: Overlay,
  retention: Retention,
): void {
  const { mutationsKept, mutationsKeptMs, highestKeptMs } = retention;
  for (const { owner, key, answer, json } of answers.given) {
    const names = keys.owner(owner);
    operations.add(
      "GIVE",
      names.answers,
      ...[key, json, answer.n ?? "", answer.ackedThrough ?? 0, mutationsKept],
      ...[mutationsKeptMs + SPARE_MS, Math.max(highestKeptMs, mutationsKeptMs) + SPARE_MS, answer.at],
      ...[names.numbered, names.keyed, names.highest].map((name) => operations.key(name)),
    );
  }
}
