import { applyPatches, enablePatches, type Patch } from "immer";
import type { DeltaAck, Entity, Envelope, SnapshotAck, SyncAck } from "../../sdk/protocol/index.ts";

enablePatches();

/** A failed ack, as far as the client looks at it. */
export interface Refusal {
  readonly code: "CONFLICT" | "NOT_FOUND" | "BAD_REQUEST" | "UNAVAILABLE";
  readonly details?: Readonly<Record<string, unknown>>;
}

export type Answer = { readonly ack: object } | { readonly refusal: Refusal };

/** One collection's worth of protocol section 4 to 6, small enough to be read at a glance and stepped by hand. */
export interface ModelServer {
  readonly epoch: string;
  readonly seq: number;
  get(id: string): Entity | undefined;
  /** Somebody else's write. */
  edit(id: string, fields: Readonly<Record<string, unknown>>): Envelope;
  create(id: string, fields: Readonly<Record<string, unknown>>): Envelope;
  remove(id: string): Envelope;
  mutate(payload: Readonly<Record<string, unknown>>): {
    readonly answer: Answer;
    readonly events: readonly Envelope[];
  };
  sync(since: { readonly epoch: string; readonly seq: number } | undefined): SyncAck;
  /** As after a restore: another epoch, the same entities. */
  restart(epoch: string): void;
  /** Mutations that changed something, by id. */
  readonly applied: ReadonlyMap<string, number>;
}

const FOCUS = { projectId: "p1", focusedSessions: [], totalFocused: 0, maxFocused: 4, version: 0 };

/** @param judge refuses a mutation, or lets it pass */
export function createModelServer(
  judge: (payload: Readonly<Record<string, unknown>>) => Refusal | undefined = () => undefined,
): ModelServer {
  let epoch = "e1";
  let seq = 0;
  const tasks = new Map<string, Entity>();
  const changedAt = new Map<string, number>();
  const answers = new Map<string, Answer>();
  const applied = new Map<string, number>();

  const envelope = (event: string, data: Entity, mutationId?: string): Envelope => ({
    type: event,
    event,
    data,
    timestamp: 1_000,
    projectId: "p1",
    seq,
    epoch,
    ...(mutationId === undefined ? {} : { mutationId }),
  });

  const write = (id: string, fields: object, mutationId?: string): Envelope => {
    const before = tasks.get(id);
    seq += 1;
    const about = { id, projectId: "p1", version: (before?.version ?? 0) + 1, seq, updatedAt: seq };
    const entity: Entity = { createdAt: seq, ...before, ...fields, ...about };
    tasks.set(id, entity);
    changedAt.set(id, seq);
    return envelope(before === undefined ? "task:created" : "task:updated", entity, mutationId);
  };

  const erase = (id: string, mutationId?: string): Envelope => {
    const before = tasks.get(id);
    if (before === undefined) throw new Error(`no ${id}`);
    seq += 1;
    tasks.delete(id);
    changedAt.set(id, seq);
    return envelope("task:deleted", { ...before, version: before.version + 1, seq }, mutationId);
  };

  const carryOut = (payload: Readonly<Record<string, unknown>>): Envelope | Refusal => {
    const { op, id, mutationId, ifVersion, value, patches } = payload as {
      op: string;
      id: string;
      mutationId: string;
      ifVersion?: number;
      value?: object;
      patches?: Patch[];
    };
    const before = tasks.get(id);
    if (op === "create") {
      return before === undefined
        ? write(id, value ?? {}, mutationId)
        : { code: "CONFLICT", details: { current: before } };
    }
    if (before === undefined) return { code: "NOT_FOUND" };
    if (ifVersion !== undefined && ifVersion !== before.version) {
      return { code: "CONFLICT", details: { current: before } };
    }
    if (op === "remove") return erase(id, mutationId);
    try {
      return write(id, applyPatches(before, patches ?? []), mutationId);
    } catch {
      return { code: "CONFLICT", details: { current: before } };
    }
  };

  return {
    applied,
    get epoch() {
      return epoch;
    },
    get seq() {
      return seq;
    },
    get: (id) => tasks.get(id),
    edit: (id, fields) => write(id, fields),
    create: (id, fields) => write(id, fields),
    remove: (id) => erase(id),
    mutate(payload) {
      const id = String(payload["mutationId"]);
      const kept = answers.get(id);
      if (kept !== undefined) {
        return { answer: "ack" in kept ? { ack: { ...kept.ack, replayed: true } } : kept, events: [] };
      }
      const refused = judge(payload);
      const outcome = refused ?? carryOut(payload);
      if ("code" in outcome) {
        const answer = { refusal: outcome };
        if (outcome.code !== "UNAVAILABLE") answers.set(id, answer);
        return { answer, events: [] };
      }
      applied.set(id, (applied.get(id) ?? 0) + 1);
      const result = outcome.event === "task:deleted" ? null : outcome.data;
      const answer = { ack: { success: true, result, seq, epoch } };
      answers.set(id, answer);
      return { answer, events: [outcome] };
    },
    sync(since) {
      const common = { epoch, seq, focus: { ...FOCUS, epoch }, serverTime: 1_000 };
      if (since?.epoch !== epoch || since.seq > seq) {
        const snapshot: SnapshotAck = {
          mode: "snapshot",
          ...common,
          project: null,
          sessions: [],
          // The model holds nothing but tasks.
          tasks: [...tasks.values()] as unknown as SnapshotAck["tasks"],
          teamMembers: [],
          mail: [],
          collections: {},
        };
        return snapshot;
      }
      const changed = [...changedAt].filter(([, at]) => at > since.seq).map(([id]) => id);
      const upserted = changed.flatMap((id) => tasks.get(id) ?? []);
      const removed = changed.filter((id) => !tasks.has(id));
      const changes = changed.length === 0 ? {} : { tasks: { upserted, removed } };
      const delta: DeltaAck = { mode: "delta", ...common, from: since.seq, changes, events: [] };
      return delta;
    },
    restart(next) {
      epoch = next;
    },
  };
}
