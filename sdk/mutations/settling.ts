import { HoldfastError } from "../errors.ts";
import type { Entity, Position } from "../protocol/index.ts";
import type { OverlayChange, Store } from "../store/index.ts";
import type { Entry } from "./entry.ts";
import type { Lanes } from "./lanes.ts";
import type { Ledger } from "./ledger.ts";
import type { Overlay } from "./overlay.ts";
import type { MutationTrace, PendingSource } from "./pending.ts";
import { type AnyAck, readAck } from "./read-ack.ts";
import type { StandIns } from "./stand-ins.ts";

export interface SettlingOptions {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly lanes: Lanes;
  readonly pending: PendingSource;
  readonly standIns: StandIns;
  overlay(): Pick<Overlay, "of" | "isHeld" | "decide">;
  trace(entry: MutationTrace): void;
  /** The base should hold this position soon. */
  expect(position: Position): void;
  /** It is not to be sent (again). */
  forget(entry: Entry): void;
  /** It has left the books; `isSynced`: since the base holds it. */
  onClosed(entry: Entry, isSynced: boolean): void;
  /** Others may go now. */
  pump(): void;
}

/** An entity whose picture may have changed. */
export interface Shown {
  readonly collection: string;
  readonly entityId: string;
  readonly projectId: string | undefined;
}

/** What becomes of writes: acknowledged, in the base, rejected, discarded. Each end is one commit and is told once. */
export interface Settling {
  onAck(entry: Entry, ack: AnyAck): void;
  /** The base holds it; the commit is under way. */
  onSynced(entry: Entry, entity: Entity | null): void;
  /** @param error may tell of the entity as the server has it, which is shown at once */
  reject(entry: Entry, error: HoldfastError, status?: "rejected" | "discarded"): void;
  /** All at once, without regard to what builds on what. */
  rejectAll(entries: readonly Entry[], error: HoldfastError): void;
  /** Takes them out without an outcome: somebody else has them. */
  drop(entries: readonly Entry[], error: HoldfastError): void;
  /** Recomputes what is shown of entities of this project, in one commit. */
  show(entities: Iterable<Shown>): void;
}

export function createSettling(options: SettlingOptions): Settling {
  const { store, ledger, lanes, pending, standIns, trace } = options;

  /** Off the books, whatever came of it. What it looked like goes with the commit that follows. */
  const close = (entry: Entry, isSynced: boolean): void => {
    ledger.remove(entry);
    lanes.close(entry.clientId, entry.n);
    options.forget(entry);
    options.onClosed(entry, isSynced);
    pending.change();
  };

  const show = (entities: Iterable<Shown>): void => {
    const changes: OverlayChange[] = [];
    for (const { collection, entityId: id, projectId } of entities) {
      if (projectId !== store.projectId) continue;
      changes.push({ collection, id, entity: options.overlay().of(collection, id) });
    }
    store.commit({ overlay: changes });
  };

  const onSynced = (entry: Entry, entity: Entity | null): void => {
    // Where its event came before its ack, the base is at the place of that event or beyond.
    entry.acked ??= store.position;
    close(entry, true);
    entry.handle.acknowledge(entity ?? entry.shown);
    entry.handle.sync(entity);
    trace({ type: "mutation", id: entry.id, what: "synced" });
  };

  const end = (
    ends: readonly (readonly [Entry, HoldfastError])[],
    statusOf: (entry: Entry) => "rejected" | "discarded",
  ): void => {
    for (const [entry] of ends) close(entry, false);
    show(ends.map(([entry]) => entry));
    for (const [entry, error] of ends) {
      const status = statusOf(entry);
      entry.handle.fail(status, error);
      trace({ type: "mutation", id: entry.id, what: status, code: error.code });
      if (status === "rejected") pending.reject(entry, error);
    }
    pending.flush();
    options.pump();
  };

  /** Later writes to an entity that will never be; those on their way get their own answer. */
  const dependentsOf = (entry: Entry): readonly Entry[] => {
    if (entry.intent.kind !== "create") return [];
    const siblings = ledger.ofEntity(entry.collection, entry.entityId);
    return siblings.filter(({ order, state }) => order > entry.order && state === "queued");
  };

  return {
    onSynced,
    show,
    onAck(entry, ack) {
      entry.state = "acknowledged";
      entry.error = undefined;
      const { result, acked } = readAck(ack, store.position);
      entry.acked = acked;
      if (result !== null) entry.resultId = result.id;
      lanes.close(entry.clientId, entry.n);
      ledger.acknowledge(entry);
      entry.handle.acknowledge(result ?? entry.shown);
      const what = ack.replayed ? "replayed" : "acknowledged";
      trace({ type: "mutation", id: entry.id, what, seq: acked.seq });
      pending.change();
      if (options.overlay().isHeld(entry)) {
        const isHere = entry.projectId === store.projectId;
        const decided = options.overlay().decide(entry);
        onSynced(entry, isHere ? (store.base(entry.collection, entry.resultId) ?? null) : result);
        show([entry, ...decided]);
      } else {
        options.expect(acked);
      }
      pending.flush();
    },
    reject(entry, error, status = "rejected") {
      if (error.code === "NOT_FOUND") {
        // Writes are decided in order: what came before it has its outcome too, and the entity is not there.
        for (const earlier of ledger.ofEntity(entry.collection, entry.entityId)) {
          if (earlier.order < entry.order && earlier.clientId === entry.clientId) earlier.isDecided = true;
        }
      }
      const base = store.base(entry.collection, entry.entityId);
      if (entry.projectId === store.projectId) standIns.learn(entry, error, base);
      const dependents = dependentsOf(entry).map((dependent): readonly [Entry, HoldfastError] => [
        dependent,
        new HoldfastError("NOT_FOUND", `${entry.collection}/${entry.entityId} was never created.`, {
          remedy: "Create it again, then repeat this write.",
          details: { dependsOn: entry.id, code: error.code },
          cause: error,
        }),
      ]);
      end([[entry, error], ...dependents], (gone) => (gone === entry ? status : "rejected"));
    },
    drop(entries, error) {
      for (const entry of entries) {
        ledger.remove(entry);
        lanes.close(entry.clientId, entry.n);
        options.forget(entry);
        entry.handle.fail("discarded", error);
      }
      pending.change();
      show(entries);
      pending.flush();
    },
    rejectAll(entries, error) {
      end(
        entries.map((entry) => [entry, error]),
        () => "rejected",
      );
    },
  };
}
