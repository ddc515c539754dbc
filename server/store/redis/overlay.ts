import type { Change, Entity, Position } from "../../../sdk/protocol/index.ts";
import type { KeptChange } from "../change-merge.ts";
import { commitOf } from "../commit-of.ts";
import { checkDecision } from "../decision-check.ts";
import { isKeptEvent } from "../kept-event.ts";
import type { Commit, Decision, Retention, View, Write } from "../store.ts";
import { type AnswersOverlay, createAnswersOverlay } from "./answers-overlay.ts";
import { type Cell, type CellKind, type CellOf, cellName, entityName } from "./cell.ts";
import { jsonOf } from "./json-of.ts";
import { isPlain, plain } from "./name-of.ts";
import type { Replica } from "./replica.ts";
import { positionOf } from "./standing.ts";
import type { Wants } from "./wanted.ts";

/** What a batch of decisions has come to, over a replica that stays as it is. */
export interface Overlay {
  /** Shows the replica with the batch's own writes. */
  readonly view: View;
  readonly position: Position;
  readonly entities: ReadonlyMap<string, WrittenEntity>;
  readonly removals: readonly { readonly name: string; readonly seq: number }[];
  readonly changes: readonly { readonly seq: number; readonly json: string }[];
  readonly events: readonly { readonly seq: number; readonly json: string }[];
  readonly registers: ReadonlyMap<string, { readonly value: unknown; readonly json: string | undefined }>;
  readonly commits: readonly OwnCommit[];
  readonly answers: AnswersOverlay;
  /** Where sessions were found that a decision asked for. */
  readonly places: ReadonlyMap<string, string | undefined>;
  readonly clear: { readonly epoch: string } | undefined;
  readonly isEmpty: boolean;
  /** Bytes of what is written and told, roughly. */
  readonly bytes: number;
  /** What was looked up for this batch; kept for it whatever happens to caches. */
  remember(name: string, cell: Cell): void;
  /** Asks for what adding a decision will need. */
  prepare(decision: Decision<unknown>): void;
  /**
   * Adds a decision.
   * @throws TypeError for one that cannot be: then nothing of it is added
   */
  add(decision: Decision<unknown>): void;
}

export interface WrittenEntity {
  readonly collection: string;
  readonly id: string;
  /** As the replica has it. */
  readonly before: Entity | undefined;
  readonly entity: Entity | undefined;
  readonly json: string | undefined;
}

export interface OwnCommit {
  readonly commit: Commit;
  readonly events: readonly string[];
}

export interface OverlayDeps {
  readonly projectId: string;
  readonly replica: Replica;
  readonly wants: Wants;
  readonly retention: Retention;
  readonly now: () => number;
  readonly createStamp: () => string;
}

export function createOverlay(deps: OverlayDeps): Overlay {
  const { projectId, replica, wants } = deps;
  const start = positionOf(replica.standing);
  let position = start;
  let bytes = 0;
  let clear: { readonly epoch: string } | undefined;
  const entities = new Map<string, WrittenEntity>();
  const removals: { name: string; seq: number }[] = [];
  const changes: { seq: number; json: string }[] = [];
  const events: { seq: number; json: string }[] = [];
  const registers = new Map<string, { value: unknown; json: string | undefined }>();
  const commits: OwnCommit[] = [];
  const places = new Map<string, string | undefined>();
  const remembered = new Map<string, Cell>();

  function need<K extends CellKind>(kind: K, name: string): CellOf<K> {
    const own = remembered.get(name);
    // Names begin with their kind.
    return own === undefined ? (replica.cell(kind, name) ?? wants.want(kind, name)) : (own as CellOf<K>);
  }

  const answers = createAnswersOverlay({ ...deps, need, commitFirst: wants.commitFirst });

  function entity(collection: string, id: string): Entity | undefined {
    if (!isPlain(collection) || !isPlain(id)) return undefined;
    const name = entityName(collection, id);
    const written = entities.get(name);
    return written === undefined ? need("entity", cellName.entity(name)).entity : written.entity;
  }

  function writtenIn(collection: string): WrittenEntity[] {
    return [...entities.values()].filter((written) => written.collection === collection);
  }

  function added(written: Iterable<WrittenEntity>): number {
    let sum = 0;
    for (const { before, entity: after } of written)
      sum += Number(after !== undefined) - Number(before !== undefined);
    return sum;
  }

  const view: View = {
    projectId,
    get head() {
      return position;
    },
    entity,
    count: (collection) =>
      collection === undefined
        ? replica.standing.total + added(entities.values())
        : replica.count(collection) + added(writtenIn(collection)),
    oldest(collection) {
      if (!isPlain(collection)) return undefined;
      if (writtenIn(collection).length > 0) wants.commitFirst();
      const { id } = need("oldest", cellName.oldest(collection));
      return id === undefined ? undefined : entity(collection, id);
    },
    claimsOf(sessionId) {
      if (!isPlain(sessionId)) return [];
      const { taskIds } = need("claims", cellName.claims(sessionId));
      const written = writtenIn("tasks");
      const ids = new Set(written.map(({ id }) => id));
      const claimed = written.filter(({ entity: task }) => task?.["claimedBy"] === sessionId);
      return [...taskIds.filter((id) => !ids.has(id)), ...claimed.map(({ id }) => id)];
    },
    projectOfSession(sessionId) {
      if (!isPlain(sessionId)) return undefined;
      const written = entities.get(entityName("sessions", sessionId));
      if (written?.entity !== undefined) return projectId;
      const name = cellName.place(sessionId);
      const { projectId: found } = need("place", name);
      // One that is only foreseen was not found anywhere.
      if (remembered.has(name)) places.set(sessionId, found);
      return written !== undefined && found === projectId ? undefined : found;
    },
    answer: answers.answer,
    highest: answers.highest,
    register(name) {
      const written = registers.get(name);
      return written === undefined ? need("register", cellName.register(name)).value : written.value;
    },
  };

  function write({ collection, id, entity: after, seq, change }: Write, json: string | undefined): void {
    const name = entityName(collection, id);
    const last = entity(collection, id);
    const before = entities.has(name) ? entities.get(name)?.before : last;
    if (after === null && last !== undefined) removals.push({ name, seq });
    if (after !== null && last !== undefined && change !== undefined)
      changes.push({ seq, json: changeJson(collection, id, last.seq, seq, change) });
    entities.set(name, { collection, id, before, entity: after ?? undefined, json });
  }

  function prepare({ writes = [], answer }: Decision<unknown>): void {
    for (const { collection, id } of writes) entity(plain(collection), plain(id));
    if (answer !== undefined) answers.prepare(answer);
  }

  /** All of a decision as text. */
  function textsOf({
    events = [],
    writes = [],
    registers: named = {},
    notices = [],
    answer,
  }: Decision<unknown>) {
    // A listener in another process is told what JSON makes of them; here they must be some JSON.
    jsonOf("notices", notices);
    return {
      texts: events.map((event) => jsonOf("an event", event)),
      written: [...writes]
        .sort((a, b) => a.seq - b.seq)
        .map((one) => ({ one, json: one.entity === null ? undefined : jsonOf(one.id, one.entity) })),
      named: Object.entries(named).map(([name, value]) => ({
        name,
        value,
        json: value === undefined ? undefined : jsonOf(name, value),
      })),
      answerJson:
        answer === undefined
          ? undefined
          : jsonOf("an answer", { fingerprint: answer.fingerprint, ack: answer.ack, at: answer.at }),
    };
  }

  function add(decision: Decision<unknown>): void {
    checkDecision(projectId, position, decision);
    // Whatever throws does so here, before anything is added.
    prepare(decision);
    for (const { collection, entity: task } of decision.writes ?? []) {
      const claimedBy = task?.["claimedBy"];
      if (collection === "tasks" && typeof claimedBy === "string") plain(claimedBy);
    }
    const { texts, written, named, answerJson } = textsOf(decision);
    if (decision.clear === undefined) for (const { one, json } of written) write(one, json);
    for (const [at, { envelope }] of (decision.events ?? []).entries()) {
      bytes += texts[at]?.length ?? 0;
      if (!isKeptEvent(envelope) || decision.clear !== undefined) continue;
      events.push({ seq: envelope.seq ?? 0, json: JSON.stringify(envelope) });
    }
    for (const { name, value, json } of named) registers.set(name, { value, json });
    if (decision.answer !== undefined && answerJson !== undefined) answers.add(decision.answer, answerJson);
    for (const { json } of [...written, ...named]) bytes += json?.length ?? 0;
    bytes += answerJson?.length ?? 0;
    const commit = commitOf(projectId, position, decision);
    if (commit !== undefined) commits.push({ commit, events: texts });
    position = { epoch: position.epoch, seq: position.seq + texts.length };
    clear = decision.clear;
  }

  return {
    view,
    ...{ entities, removals, changes, events, registers, commits, answers, places, prepare, add },
    get position() {
      return position;
    },
    get clear() {
      return clear;
    },
    get isEmpty() {
      const isWritten = entities.size > 0 || registers.size > 0 || answers.given.length > 0;
      return !isWritten && commits.length === 0;
    },
    get bytes() {
      return bytes;
    },
    remember: (name, cell) => void remembered.set(name, cell),
  };
}

function changeJson(collection: string, id: string, prevSeq: number, seq: number, change: Change): string {
  return JSON.stringify({ collection, id, seq, prevSeq, change } satisfies KeptChange);
}
