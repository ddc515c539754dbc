import type { Link } from "../connection/link.ts";
import type { Part } from "../connection/part.ts";
import { HoldfastError } from "../errors.ts";
import type { Entity, Position } from "../protocol/index.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { Store } from "../store/index.ts";
import type { Source } from "../util/source.ts";
import { createBinding } from "./binding.ts";
import { createEntry, type Entry, type StoredEntry, toStored } from "./entry.ts";
import { frameOf, refuseOversize } from "./frame.ts";
import { applyIntent } from "./intent.ts";
import { createLanes } from "./lanes.ts";
import { createLedger } from "./ledger.ts";
import { createMutationHandle, type Mutation } from "./mutation.ts";
import type { Outbox } from "./outbox.ts";
import { createOverlay } from "./overlay.ts";
import {
  createPendingSource,
  type PendingMutation,
  type PendingMutations,
  type TraceMutation,
} from "./pending.ts";
import { createSender } from "./sender.ts";
import { createSettling } from "./settling.ts";
import type { Write } from "./write.ts";
import type { Collection, MailCollection, SessionsCollection, TasksCollection } from "./write-collection.ts";
import { createWriteCollections, type DeclaredDefaults } from "./write-collections.ts";

export interface MutationsOptions {
  readonly link: Link;
  readonly store: Store;
  /** Of this client object; mutation ids are `{clientId}:{n}`. */
  readonly clientId: string;
  /** Ids of entities created without one. */
  createId(): string;
  now(): number;
  random(): number;
  /** Runs once after `delayMs`; returns how to cancel. */
  schedule(delayMs: number, task: () => void): () => void;
  readonly trace: TraceMutation;
  onError(error: unknown): void;
  /** The base should hold this position soon: `sync.expect`. */
  expect(position: Position): void;
  /** Who mail is shown to come from until the server says. */
  sender(): string;
  /** Values that the server gives fields left out of a create, by collection; the built-in ones are known. */
  readonly collections: DeclaredDefaults;
  /** Default 64. */
  readonly maxInFlight?: number;
  /** Keeps what is pending over a reload. */
  readonly outbox?: Outbox | undefined;
}

/** The queue of writes and what they look like until the base holds them (protocol section 6). */
export interface Mutations extends Part, Source<PendingMutations> {
  /** The same object for the same name. The caller knows the type that goes with the name. */
  collection<E extends Entity = Entity>(name: string): Collection<E>;
  readonly tasks: TasksCollection;
  readonly sessions: SessionsCollection;
  readonly mail: MailCollection;
  /** Hears each rejected mutation once, after it left the screen. */
  onRejected(listener: (mutation: PendingMutation, error: HoldfastError) => void): () => void;
  discard(id: string): void;
  /** Takes over writes of a client that is gone, under their own ids; those known already are passed over. */
  adopt(entries: readonly StoredEntry[]): void;
  /** All that is pending, as it is kept. */
  stored(): readonly StoredEntry[];
  /** Drops writes from memory without a word to anybody: they are kept elsewhere, for somebody else. */
  forget(ids: readonly string[]): void;
  /**
   * Another user: every pending mutation is rejected with `error`, none is sent. With an outbox they stay kept for
   * their own user, and `onRejected` does not hear of them.
   */
  abandon(error: HoldfastError): void;
}

/** Writes that wait for their ack; the server keeps the acks of as many. */
const MAX_PENDING = LIMITS.mutationsKept;

export function createMutations(options: MutationsOptions): Mutations {
  const { store, clientId, now, outbox, trace } = options;
  const ledger = createLedger();
  const lanes = createLanes();
  const pending = createPendingSource(ledger, options.onError);
  let order = 0;
  /** Of what is adopted: below what is there. */
  let front = 0;
  let sendings = 0;
  let isPumpDue = false;

  const settling = createSettling({
    ...options,
    ledger,
    lanes,
    pending,
    outbox,
    isUp: () => options.link.up !== undefined,
    overlay: () => overlay,
    forget: (entry) => sender.forget(entry),
    pump,
  });
  const overlay = createOverlay({
    store,
    ledger,
    onChange: (entry) => outbox?.put(toStored(entry)),
    onSynced: settling.onSynced,
  });
  const binding = createBinding({ store, ledger, outbox, pump });
  const sender = createSender({
    ...options,
    maxInFlight: options.maxInFlight ?? 64,
    mustWait: (entry) => !entry.wasSent && !binding.isReady(entry),
    frame(entry) {
      if (!entry.wasSent) {
        binding.bind(entry);
        entry.wasSent = true;
        outbox?.put(toStored(entry));
      }
      entry.sentAs ??= sendings++;
      trace("sent", { id: entry.id });
      return frameOf(entry, lanes.ackedThrough(entry.clientId));
    },
    onAck: settling.onAck,
    onRejected: (entry, error) => settling.reject([entry], error),
    onRetry: ({ id }, { code }, retryInMs) => trace("retry", { id, code, retryInMs }),
    onChange: pending.change,
  });

  /** After the screen: what is sent can wait for the end of the task, and several edits leave together. */
  function pump(): void {
    if (isPumpDue) return;
    isPumpDue = true;
    queueMicrotask(() => {
      isPumpDue = false;
      sender.pump();
      pending.flush();
    });
  }

  const discard = (id: string): void => {
    const entry = ledger.get(id);
    if (entry === undefined || entry.state === "answered") return;
    const remedy = "Nothing to do.";
    settling.reject(
      [entry],
      new HoldfastError("CLOSED", "The write was discarded.", { remedy }),
      "discarded",
    );
  };

  const enter = (entry: Entry): void => {
    lanes.open(entry.clientId, entry.n);
    ledger.add(entry);
    if (entry.acked === undefined) sender.add(entry);
    else ledger.answer(entry);
    pending.change();
  };

  const submit = (write: Write): Mutation => {
    const n = lanes.take(clientId);
    const { collection, entityId, intent } = write;
    const projectId = collection === "projects" ? entityId : store.projectId;
    const id = `${clientId}:${n}`;
    const handle = createMutationHandle(id, entityId, () => discard(id));
    const entry = createEntry({ ...write, id, clientId, n, projectId, createdAt: now() }, order++, handle);
    const refusal = write.refusal ?? refuseOversize(entry) ?? refuseExcess(ledger.size);
    if (refusal !== undefined) {
      handle.fail("rejected", refusal);
      trace("rejected", { id, code: refusal.code });
      pending.reject(entry, refusal);
      pending.flush();
      return handle.mutation;
    }
    if (intent.kind === "patch" && intent.patches.length === 0) {
      handle.acknowledge(write.shown);
      handle.sync(write.shown ?? null);
      return handle.mutation;
    }
    enter(entry);
    outbox?.put(toStored(entry));
    trace("queued", { id });
    if (projectId === store.projectId && intent.kind !== "none") {
      const base = store.base(collection, entityId);
      const value = applyIntent(store.collection(collection).get(entityId), intent, base);
      const shown = value === base ? undefined : (value ?? null);
      store.commit({ overlay: [{ collection, id: entityId, entity: shown }] });
    }
    pending.flush();
    pump();
    return handle.mutation;
  };

  const collections = createWriteCollections({ ...options, submit });

  store.layer({
    rebase: overlay.rebase,
    after() {
      pending.flush();
      if (ledger.size > 0) pump();
    },
  });

  return {
    ...collections,
    getSnapshot: pending.getSnapshot,
    subscribe: pending.subscribe,
    onRejected: pending.onRejected,
    discard,
    adopt(stored) {
      const unknown = stored
        .filter(({ id }) => ledger.get(id) === undefined)
        .sort((a, b) => (a.order ?? a.n) - (b.order ?? b.n));
      front -= unknown.length;
      const adopted = unknown.map((one, index) => {
        const handle = createMutationHandle(one.id, one.entityId, () => discard(one.id));
        const seed = { ...one, recipe: undefined, madeOn: one.madeOn, shown: undefined };
        return createEntry(seed, front + index, handle);
      });
      const shown: Entry[] = [...adopted];
      for (const entry of adopted) {
        enter(entry);
        outbox?.put(toStored(entry));
        trace("adopted", { id: entry.id });
        // The base may be further than that of whoever kept it.
        // Sent by a page that is gone, it may be in the base that is shown already, and under what came after it.
        entry.isDecided ||= entry.wasSent && store.position !== undefined;
        if (overlay.isHeld(entry)) {
          shown.push(...overlay.decide(entry));
          settling.onSynced(entry, store.base(entry.collection, entry.entityId) ?? null);
        } else if (entry.acked !== undefined) settling.watch(entry, entry.acked);
      }
      settling.show(shown);
      pending.flush();
      pump();
    },
    stored: () => [...ledger.all()].map(toStored),
    forget(ids) {
      const error = new HoldfastError("SUBJECT_CHANGED", "The write belongs to another user.");
      const entries = ids.flatMap((id) => ledger.get(id) ?? []);
      settling.drop(entries, error);
    },
    abandon(error) {
      const all = [...ledger.all()];
      // What is kept on this device is not lost: it waits for its user there.
      if (outbox === undefined) settling.reject(all, error);
      else settling.drop(all, error);
    },
    resume() {
      // State was synced on this connection: the base is no longer behind what an older one told.
      settling.finish();
      sender.resume();
    },
    dispose() {
      settling.dispose();
      sender.dispose();
      const error = new HoldfastError("CLOSED", "The client was closed.");
      for (const entry of [...ledger.all()]) {
        ledger.remove(entry);
        entry.handle.fail("rejected", error);
      }
    },
  };
}

function refuseExcess(size: number): HoldfastError | undefined {
  if (size < MAX_PENDING) return undefined;
  return new HoldfastError("UNAVAILABLE", `${MAX_PENDING} writes are waiting already.`, {
    remedy: "Wait for client.mutations, or discard some.",
  });
}
