import { HoldfastError } from "../errors.ts";
import type { Entity, Position } from "../protocol/index.ts";
import type { OverlayChange, Store } from "../store/index.ts";
import { type Entry, toStored } from "./entry.ts";
import type { Lanes } from "./lanes.ts";
import type { Ledger } from "./ledger.ts";
import type { Outbox } from "./outbox.ts";
import type { Overlay } from "./overlay.ts";
import type { PendingSource, TraceMutation } from "./pending.ts";
import { type AnyAck, readAck, readRefusal } from "./read-answer.ts";

export interface SettlingOptions {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly lanes: Lanes;
  readonly pending: PendingSource;
  readonly outbox: Outbox | undefined;
  overlay(): Pick<Overlay, "of" | "isHeld" | "decide">;
  readonly trace: TraceMutation;
  /** The base should hold this position soon. */
  expect(position: Position): void;
  /** It is not to be sent (again). */
  forget(entry: Entry): void;
  /** Others may go now. */
  pump(): void;
  schedule(delayMs: number, task: () => void): () => void;
  isUp(): boolean;
}

/** An entity whose picture may have changed. */
export type Shown = Pick<Entry, "collection" | "entityId" | "projectId">;

/** What becomes of writes: acknowledged, in the base, rejected, discarded. Each end is one commit and is told once. */
export interface Settling {
  onAck(entry: Entry, ack: AnyAck): void;
  /** The base holds it; the commit is under way. */
  onSynced(entry: Entry, entity: Entity | null): void;
  /**
   * Takes them off the screen, each with its error, whatever builds on them too.
   * @param error may tell of the entity as the server has it, which is shown until the base has it too
   */
  reject(entries: readonly Entry[], error: HoldfastError, status?: "rejected" | "discarded"): void;
  /** Takes them out without an outcome: somebody else has them. */
  drop(entries: readonly Entry[], error: HoldfastError): void;
  /** What was answered so far is in the base, or will never be. */
  finish(): void;
  dispose(): void;
  /** Sees to it that an answered entry that was adopted does not stay for ever. */
  watch(entry: Entry, acked: Position): void;
  /** Recomputes what is shown of entities of this project, in one commit. */
  show(entities: Iterable<Shown>): void;
}

/**
 * How long the event that an answer let us know of may take, at most: longer than any catch-up on a live link. On a new
 * link the base is up to date by the time writes are sent.
 */
const OVERDUE_MS = 60_000;

/** Of a refusal before there is a base. */
const NOWHERE: Position = { epoch: "", seq: 0 };

export function createSettling(options: SettlingOptions): Settling {
  const { store, ledger, lanes, pending, outbox, trace } = options;
  let cancelOverdue = (): void => {};

  /**
   * Its answer is final. The server may forget it as well, but not before the device knows: a page that takes over from
   * one that crashed in between would ask again.
   */
  const finalise = ({ clientId, n }: Entry): void => {
    if (outbox === undefined) lanes.close(clientId, n);
    else void outbox.kept().then(() => lanes.close(clientId, n));
  };

  /** Off the books, whatever came of it. What it looked like goes with the commit that follows. */
  const close = (entry: Entry): void => {
    ledger.remove(entry);
    options.forget(entry);
    pending.change();
    if (ledger.answered.size === 0) cancelOverdue();
  };

  const show = (entities: Iterable<Shown>): void => {
    const changes: OverlayChange[] = [];
    for (const { collection, entityId: id, projectId } of entities) {
      if (projectId !== store.projectId) continue;
      changes.push({ collection, id, entity: options.overlay().of(collection, id) });
    }
    store.commit({ overlay: changes });
  };

  const inBase = ({ collection, resultId }: Entry): Entity | null => store.base(collection, resultId) ?? null;

  /** It has the server's answer and stays until the base has it too. Gives what changes on the screen if it has. */
  const answer = (entry: Entry, acked: Position, result: Entity | null): readonly Entry[] => {
    entry.state = "answered";
    entry.acked = acked;
    entry.error = undefined;
    options.forget(entry);
    ledger.answer(entry);
    pending.change();
    const overlay = options.overlay();
    if (overlay.isHeld(entry)) {
      const decided = overlay.decide(entry);
      const isHere = entry.projectId === store.projectId;
      onSynced(entry, isHere ? inBase(entry) : result);
      return [entry, ...decided];
    }
    outbox?.put(toStored(entry));
    finalise(entry);
    watch(entry, acked);
    return [];
  };

  /** Sees to it that an answered entry does not stay for ever. */
  const watch = ({ intent }: Entry, acked: Position): void => {
    if (intent.kind !== "known") options.expect(acked);
    cancelOverdue();
    cancelOverdue = options.schedule(OVERDUE_MS, () => {
      if (options.isUp()) finish();
    });
  };

  const onSynced = (entry: Entry, entity: Entity | null): void => {
    // Where its event came before its ack, the base is at the place of that event or beyond.
    entry.acked ??= store.position;
    close(entry);
    outbox?.settle(toStored(entry));
    finalise(entry);
    if (entry.intent.kind === "known") return;
    entry.handle.acknowledge(entity ?? entry.shown);
    entry.handle.sync(entity);
    trace("synced", { id: entry.id });
  };

  /** Later writes to an entity that will never be; those on their way get their own answer. */
  const dependentsOf = (entry: Entry): readonly Entry[] => {
    if (entry.intent.kind !== "create") return [];
    const siblings = ledger.ofEntity(entry.collection, entry.entityId);
    return siblings.filter(({ order, state }) => order > entry.order && state === "queued");
  };

  const dependentError = ({ id, collection, entityId }: Entry, cause: HoldfastError): HoldfastError =>
    new HoldfastError("NOT_FOUND", `${collection}/${entityId} was never created.`, {
      remedy: "Create it again, then repeat this write.",
      details: { dependsOn: id, code: cause.code },
      cause,
    });

  const leave = (entry: Entry): readonly Entry[] => {
    close(entry);
    outbox?.remove(entry.id);
    finalise(entry);
    return [entry];
  };

  /** Refused. What the refusal tells of the entity stays until the base has it: an ack overtakes events. */
  const refuse = (entry: Entry, error: HoldfastError): readonly Entry[] => {
    const known = entry.projectId === store.projectId ? readRefusal(entry, error) : undefined;
    if (known !== undefined) {
      entry.intent = known;
      return [entry, ...answer(entry, store.position ?? NOWHERE, null)];
    }
    return leave(entry);
  };

  const finish = (): void => {
    const past = [...ledger.answered];
    for (const entry of past) onSynced(entry, inBase(entry));
    if (past.length > 0) show(past);
    pending.flush();
    options.pump();
  };

  return {
    onSynced,
    show,
    watch,
    onAck(entry, ack) {
      const { result, acked } = readAck(ack, store.position);
      if (result !== null) entry.resultId = result.id;
      entry.handle.acknowledge(result ?? entry.shown);
      trace(ack.replayed ? "replayed" : "acknowledged", { id: entry.id, seq: acked.seq });
      const changed = answer(entry, acked, result);
      if (changed.length > 0) show(changed);
      pending.flush();
    },
    reject(entries, error, status = "rejected") {
      const ends = entries.flatMap((entry) => {
        const dependents = entries.length > 1 ? [] : dependentsOf(entry);
        return [
          { entry, error, status },
          ...dependents.map((one) => ({
            entry: one,
            error: dependentError(entry, error),
            status: "rejected" as const,
          })),
        ];
      });
      show(ends.flatMap((end) => (end.error === error ? refuse(end.entry, error) : leave(end.entry))));
      for (const end of ends) {
        const { id, handle } = end.entry;
        handle.fail(end.status, end.error);
        trace(end.status, { id, code: end.error.code });
        if (end.status === "rejected") pending.reject(end.entry, end.error);
      }
      pending.flush();
      options.pump();
    },
    drop(entries, error) {
      for (const entry of entries) {
        close(entry);
        lanes.close(entry.clientId, entry.n);
        entry.handle.fail("discarded", error);
      }
      show(entries);
      pending.flush();
    },
    finish,
    dispose: () => cancelOverdue(),
  };
}
