import { HoldfastError } from "../../errors.ts";
import type { Entity } from "../../protocol/index.ts";
import { handled } from "../../util/handled.ts";
import type { Batch } from "../batch.ts";
import { bucketsOf, createDirty } from "./dirty.ts";
import type { KeepOptions, Keeper, KeptWrite } from "./persistence.ts";
import type { KeptBase, Vault, VaultDoor } from "./vault.ts";

/** Changes of the base gather this long: they can be had again from the server. Pending writes are kept at once. */
const FLUSH_MS = 500;
/** A database that does not open by then is done without. */
const OPEN_MS = 3_000;

/** One (server, project, user): what is kept together. It ends with a change of project or user. */
interface Term {
  readonly place: string;
  readonly scope: string;
  readonly user: string;
  readonly ended: AbortController;
  /** Holds the lock of the base. */
  writesBase: boolean;
}

/**
 * Keeps base, position and pending writes of a client in a vault.
 *
 * Tabs share a vault. One of them writes the base: it holds the lock of the scope. Each keeps its own pending writes and
 * holds the lock of its clientId; whoever gets the lock of another client knows that it is gone, and adopts its writes.
 */
export function createKeeper(door: VaultDoor, options: KeepOptions): Keeper {
  const { store, link, clientId } = options;
  const trace = (what: Parameters<NonNullable<KeepOptions["trace"]>>[0]): void => options.trace?.(what);
  const dirty = createDirty();
  let opening: Promise<Vault | undefined> | undefined;
  let term: Term | undefined;
  let projectId = options.projectId;
  let flushing: Promise<void> = Promise.resolve();
  let cancelFlush: (() => void) | undefined;
  let isDisposed = false;
  /** What was kept is being shown: the store changes by our own hand. */
  let isRestoring = false;
  /** Given up after an error that repeats itself, as a full disk does. */
  let isBaseGivenUp = false;

  const report = (message: string, cause: unknown, remedy: string): void => {
    trace({ type: "persistence", what: "failed" });
    options.onError(new HoldfastError("UNAVAILABLE", message, { cause, remedy }));
  };

  const open = (): Promise<Vault | undefined> => {
    opening ??= within(door.open(), OPEN_MS, options.schedule).catch((cause: unknown) => {
      report("What is kept on this device cannot be opened.", cause, "Nothing to do: the client works without it.");
      return undefined;
    });
    return opening;
  };

  const begin = (user: string): Term => {
    term?.ended.abort();
    const place = JSON.stringify([options.url, projectId ?? null]);
    const scope = JSON.stringify([options.url, projectId ?? null, user]);
    const begun: Term = { place, scope, user, ended: new AbortController(), writesBase: false };
    term = begun;
    return begun;
  };

  /** Puts what is noted into the vault; one write at a time, the next with all that gathered meanwhile. */
  const flush = (): void => {
    cancelFlush?.();
    cancelFlush = undefined;
    const now = term;
    if (now === undefined || dirty.isEmpty) return;
    flushing = flushing.then(async () => {
      const vault = await open();
      if (vault === undefined || term !== now || dirty.isEmpty) return;
      await write(vault, now);
    });
  };

  const write = async (vault: Vault, { scope, writesBase }: Term): Promise<void> => {
    const set = dirty.take();
    const { position } = store;
    const isBaseDue = writesBase && !isBaseGivenUp && position !== undefined && (set.isAll || set.moved);
    const base = isBaseDue
      ? { position, replace: set.isAll, buckets: bucketsOf(set, store.tables()) }
      : undefined;
    const put = [...set.writes.values()].filter((one) => one !== null);
    const remove = [...set.writes].flatMap(([id, one]) => (one === null ? [id] : []));
    try {
      const isTaken = await vault.write(scope, { writer: clientId, ...(base && { base }), put, remove });
      const count = base?.buckets.reduce((sum, { entities }) => sum + entities.length, 0) ?? 0;
      trace({ type: "persistence", what: "written", entities: count, writes: put.length });
      if (isTaken) return;
      dirty.noteAll();
      flush();
    } catch (cause) {
      await onWriteFailed(vault, scope, cause, base !== undefined);
      if (base === undefined) return;
      // The writes of the user are worth more than the copy of what the server has.
      dirty.giveBack({ isAll: false, moved: false, buckets: new Map(), writes: set.writes });
      flush();
    }
  };

  const onWriteFailed = async (vault: Vault, scope: string, cause: unknown, hadBase: boolean): Promise<void> => {
    const isFull = cause instanceof Error && cause.name === "QuotaExceededError";
    const what = hadBase ? "The copy of the project" : "A pending write";
    report(
      isFull ? `${what} does not fit on this device.` : `${what} could not be kept.`,
      cause,
      isFull ? "Free some space; until then a reload starts from the server." : "See the cause.",
    );
    if (!hadBase) return;
    isBaseGivenUp = true;
    await vault.clearBase(scope).catch(() => {});
  };

  const schedule = (): void => {
    cancelFlush ??= options.schedule(FLUSH_MS, flush);
  };

  /** Shows what was kept, unless the server was quicker. */
  const show = async (vault: Vault, { scope, ended }: Term): Promise<void> => {
    const kept = await vault.base(scope).then(readBase, (cause: unknown) => cause);
    if (ended.signal.aborted || store.position !== undefined) return;
    if (kept === undefined) trace({ type: "persistence", what: "empty" });
    else if ("batch" in (kept as object)) {
      const { batch, entities } = kept as ReadableBase;
      isRestoring = true;
      store.commit(batch);
      isRestoring = false;
      trace({ type: "persistence", what: "restored", entities, seq: batch.position?.seq ?? 0 });
    } else {
      report("The copy of the project on this device is damaged.", kept, "Nothing to do: it is made anew.");
      await vault.clearBase(scope).catch(() => {});
    }
  };

  const lockOf = (scope: string, name: string): string => `holdfast ${name} ${scope}`;

  /** Adopts the writes of a client once it is gone. */
  const inherit = async (vault: Vault, { scope, ended }: Term, other: string, wait: boolean): Promise<boolean> => {
    const { signal } = ended;
    if (!(await door.locks.hold(lockOf(scope, other), { signal, wait })) || signal.aborted) return false;
    const writes = (await vault.writes(scope)).filter((one) => one.clientId === other);
    if (signal.aborted || writes.length === 0) return true;
    trace({ type: "persistence", what: "adopted", writes: writes.length });
    options.adopt([...writes].sort((a, b) => a.n - b.n));
    return true;
  };

  const quietly = (promise: Promise<unknown>, { ended }: Term): void => {
    promise.catch((error: unknown) => {
      if (!ended.signal.aborted) options.onError(error);
    });
  };

  /** Takes up a term: own lock, what is kept, the writes of those who are gone, and word of those who are not. */
  const take = async (vault: Vault, now: Term): Promise<void> => {
    const { scope, ended } = now;
    const { signal } = ended;
    await door.locks.hold(lockOf(scope, clientId), { signal, wait: true });
    await show(vault, now);
    const waitFor = (other: string): void => quietly(inherit(vault, now, other, true), now);
    const known = new Set([clientId]);
    const channel = door.channel(scope, (other) => {
      if (known.has(other)) return;
      known.add(other);
      channel.tell(clientId);
      waitFor(other);
    });
    signal.addEventListener("abort", () => channel.close(), { once: true });
    channel.tell(clientId);
    for (const { clientId: other } of await vault.writes(scope)) {
      if (signal.aborted || known.has(other)) continue;
      known.add(other);
      if (!(await inherit(vault, now, other, false))) waitFor(other);
    }
    const lead = async (): Promise<void> => {
      if (!(await door.locks.hold(lockOf(scope, "base"), { signal, wait: true }))) return;
      now.writesBase = true;
      // Somebody else wrote until now, or nobody did: what is there is not known to be of this position.
      if (store.position !== undefined) dirty.noteAll();
      schedule();
    };
    quietly(lead(), now);
  };

  const restore = async (user?: string): Promise<void> => {
    const vault = await open();
    if (vault === undefined || isDisposed) return;
    const place = JSON.stringify([options.url, projectId ?? null]);
    const who = user ?? (await vault.lastUser(place).catch(() => undefined)) ?? "";
    if (isDisposed || (term !== undefined && term.place === place && term.user === who)) return;
    const now = begin(who);
    await take(vault, now).catch((cause: unknown) => {
      if (now.ended.signal.aborted) return;
      report("What is kept on this device cannot be read.", cause, "Nothing to do: the client works without it.");
    });
  };

  /** The server says who this is. What was shown on the word of the last visit was perhaps somebody else's. */
  const onUp = (userId: string): void => {
    const now = term;
    if (now?.user === userId) return;
    if (now !== undefined && now.user !== "") {
      trace({ type: "persistence", what: "other user" });
      now.ended.abort();
      dirty.clear();
      options.forget();
      store.reset(projectId);
    }
    const taken = restore(userId).then(async () => {
      const vault = await open();
      if (term !== undefined) await vault?.setLastUser(term.place, userId);
    });
    taken.catch(options.onError);
  };

  const hide = (): void => flush();
  const unlisten = [
    store.onBase((commit) => {
      if (isRestoring) return;
      dirty.note(commit);
      schedule();
    }),
    link.onUp(({ userId }) => onUp(userId ?? "")),
  ];

  return {
    outbox: {
      put(write: KeptWrite) {
        dirty.put(write);
        flush();
      },
      remove(id) {
        // With the base that holds it: kept alone, a reload would show neither the write nor its effect.
        dirty.remove(id);
        schedule();
      },
    },
    restore() {
      globalThis.addEventListener?.("pagehide", hide);
      return handled(restore());
    },
    async flushed() {
      flush();
      await flushing;
    },
    reset(next) {
      flush();
      projectId = next;
      const before = flushing;
      term?.ended.abort();
      term = undefined;
      handled(before.then(() => restore()));
    },
    dispose() {
      flush();
      isDisposed = true;
      globalThis.removeEventListener?.("pagehide", hide);
      for (const off of unlisten) off();
      const ending = term;
      const end = async (): Promise<void> => {
        await flushing;
        ending?.ended.abort();
        (await opening)?.close();
      };
      end().catch(options.onError);
    },
  };
}

interface ReadableBase {
  readonly batch: Batch;
  readonly entities: number;
}

/** @throws Error when it is not what a keeper wrote */
function readBase(kept: KeptBase | undefined): ReadableBase | undefined {
  if (kept === undefined) return undefined;
  const { epoch, seq } = kept.position;
  if (typeof epoch !== "string" || !Number.isInteger(seq)) throw new Error("no position");
  const replace = new Map<string, Map<string, Entity>>();
  let entities = 0;
  for (const { collection, entities: list } of kept.buckets) {
    const table = replace.get(collection) ?? new Map<string, Entity>();
    replace.set(collection, table);
    for (const entity of list) {
      if (typeof entity?.id !== "string" || !Number.isInteger(entity.version)) throw new Error("no entity");
      table.set(entity.id, entity);
      entities += 1;
    }
  }
  return { batch: { replace, position: { epoch, seq } }, entities };
}

function within<T>(
  promise: Promise<T>,
  delayMs: number,
  schedule: (delayMs: number, task: () => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = schedule(delayMs, () => reject(new HoldfastError("TIMEOUT", "It did not open in time.")));
    promise.then(resolve, reject).finally(cancel);
  });
}
