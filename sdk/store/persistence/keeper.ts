import { handled } from "../../util/handled.ts";
import { persistenceError } from "../persistence-error.ts";
import { createDirty } from "./dirty.ts";
import { lockOf, meetOthers } from "./heirs.ts";
import { type ReadableBase, readBase } from "./kept-base.ts";
import type { Keeper, KeeperTrace, KeepOptions, KeptWrite } from "./persistence.ts";
import type { Vault, VaultDoor } from "./vault.ts";
import { createWriter, type Writer } from "./writer.ts";

/** Changes of the base gather this long: they can be had again from the server. Pending writes are kept at once. */
const FLUSH_MS = 500;
/** A database that does not open by then is done without, and nobody waits longer for one that does not answer. */
const PATIENCE_MS = 3_000;

/** One (server, project, user): what is kept together. It ends with a change of project or user. */
interface Term {
  readonly place: string;
  readonly scope: string;
  /** Empty: nobody was ever seen there. */
  readonly user: string;
  readonly vault: Vault;
  readonly writer: Writer;
  readonly ended: AbortController;
}

/**
 * Keeps base, position and pending writes of a client in a vault.
 *
 * Tabs share a vault. One of them writes the base: it holds the lock of the scope. Each keeps its own pending writes and
 * holds the lock of its clientId; whoever gets the lock of another client knows that it is gone, and adopts its writes.
 */
export function createKeeper(door: VaultDoor, options: KeepOptions): Keeper {
  const { store, link, clientId, queue } = options;
  const trace = (entry: KeeperTrace): void => options.trace?.(entry);
  const dirty = createDirty();
  let opening: Promise<Vault | undefined> | undefined;
  let term: Term | undefined;
  let projectId = options.projectId;
  let restoring: Promise<void> = Promise.resolve();
  let cancelFlush: (() => void) | undefined;
  let isDisposed = false;
  /** What was kept is being shown: the store changes by our own hand. */
  let isShowing = false;

  const report = (message: string, cause?: unknown): void => {
    trace({ type: "persistence", what: "failed" });
    options.onError(persistenceError(message, cause));
  };

  const open = (): Promise<Vault | undefined> => {
    opening ??= within(door.open(report), PATIENCE_MS, options.schedule).catch((cause: unknown) => {
      report("What is kept on this device cannot be opened.", cause);
      return undefined;
    });
    return opening;
  };

  const placeOf = (): string => JSON.stringify([options.url, projectId ?? null]);
  const scopeOf = (user: string): string => JSON.stringify([options.url, projectId ?? null, user]);

  const begin = (vault: Vault, user: string): Term => {
    const place = placeOf();
    const scope = scopeOf(user);
    const { onError } = options;
    const writer = createWriter({ vault, scope, clientId, store, dirty, onError, trace });
    term = { place, scope, user, vault, writer, ended: new AbortController() };
    return term;
  };

  const flush = (): void => {
    cancelFlush?.();
    cancelFlush = undefined;
    term?.writer.flush(true);
  };
  const flushSoon = (): void => {
    cancelFlush ??= options.schedule(FLUSH_MS, flush);
  };

  /** The base that was kept, if it can be read. */
  const find = async ({ vault, scope, ended }: Term): Promise<ReadableBase | undefined> => {
    try {
      const kept = await vault.base(scope);
      if (kept !== undefined) return readBase(kept);
      trace({ type: "persistence", what: "empty" });
    } catch (cause) {
      if (ended.signal.aborted) return undefined;
      report("The copy of the project on this device is damaged.", cause);
      await vault.clearBase(scope).catch(() => {});
    }
    return undefined;
  };

  const adopt = (writes: readonly KeptWrite[]): void => {
    if (writes.length === 0) return;
    trace({ type: "persistence", what: "adopted", writes: writes.length });
    queue.adopt(writes);
  };

  /** Everything at once: a base without the writes on top would be a picture of the past. */
  const show = ({ writer }: Term, base: ReadableBase | undefined, writes: readonly KeptWrite[]): void => {
    store.together(() => {
      adopt(writes);
      // The server may have been quicker.
      if (base === undefined || store.position !== undefined) return;
      writer.stamp = base.stamp;
      isShowing = true;
      store.commit(base.batch);
      isShowing = false;
      const { batch, entities } = base;
      trace({ type: "persistence", what: "restored", entities, seq: batch.position.seq });
    });
  };

  const hold = ({ ended }: Term, name: string): Promise<boolean> =>
    door.locks.hold(name, { signal: ended.signal, wait: true });

  const lead = async (now: Term): Promise<void> => {
    await hold(now, `holdfast base ${now.scope}`);
    now.writer.leads = true;
    flushSoon();
  };

  /** Others' writes of a scope: those that are orphans now are given, later ones come by `taken`. */
  const meet = (
    now: Term,
    scope: string,
    taken: (writes: readonly KeptWrite[]) => void,
  ): Promise<readonly KeptWrite[]> =>
    meetOthers({
      vault: now.vault,
      door,
      scope,
      clientId,
      signal: now.ended.signal,
      adopt: taken,
      onError: options.onError,
    });

  /**
   * What was written before anybody was ever seen at this place is of whoever comes first. It moves: its client's name
   * is taken in the new scope, so that no other tab adopts it there, then it is kept there, and only then it goes.
   */
  const move = async (now: Term, from: string, writes: readonly KeptWrite[]): Promise<void> => {
    for (const other of new Set(writes.map((one) => one.clientId))) await hold(now, lockOf(now.scope, other));
    for (const one of writes) dirty.put(one);
    now.writer.flush(false);
    await now.writer.done();
    await now.vault.write(from, { put: [], remove: writes.map(({ id }) => id) });
  };

  const alongside = (now: Term, work: Promise<void>): void => {
    work.catch((error: unknown) => {
      // The end of a term is no fault.
      if (!now.ended.signal.aborted) options.onError(error);
    });
  };

  const meetAll = async (now: Term): Promise<readonly KeptWrite[]> => {
    const orphans = await meet(now, now.scope, adopt);
    if (now.user === "") return orphans;
    const nobody = scopeOf("");
    const unclaimed = await meet(now, nobody, (writes) => {
      alongside(
        now,
        move(now, nobody, writes).then(() => adopt(writes)),
      );
    });
    if (unclaimed.length > 0) await move(now, nobody, unclaimed);
    return [...unclaimed, ...orphans];
  };

  const takeUp = async (user?: string): Promise<void> => {
    const vault = await open();
    if (vault === undefined) return;
    const place = placeOf();
    try {
      const who = user ?? (await vault.lastUser(place)) ?? "";
      if (term !== undefined || place !== placeOf()) return;
      const now = begin(vault, who);
      await hold(now, lockOf(now.scope, clientId));
      now.writer.flush(false);
      if (isDisposed) return;
      const [base, writes] = await Promise.all([find(now), meetAll(now)]);
      if (now.ended.signal.aborted) return;
      show(now, base, writes);
      alongside(now, lead(now));
    } catch (cause) {
      if (term?.ended.signal.aborted !== true) report("What is kept on this device cannot be read.", cause);
    }
  };

  /** One at a time: what a page writes in its first moments waits for it. */
  const restore = (user?: string): Promise<void> => {
    restoring = restoring.then(() => takeUp(user));
    return restoring;
  };

  /** No longer than anybody should wait for a device: what comes later still counts. */
  const soon = (work: Promise<void>): Promise<void> =>
    new Promise((resolve) => {
      const cancel = options.schedule(PATIENCE_MS, resolve);
      void work.then(() => {
        cancel();
        resolve();
      }, resolve);
    });

  /** Keeps what is left to keep of a term, and lets go of its locks. */
  const end = async (ending: Term): Promise<void> => {
    if (term === ending) term = undefined;
    cancelFlush?.();
    cancelFlush = undefined;
    await ending.writer.last();
    ending.ended.abort();
  };

  /**
   * The server says who this is. What was shown on the word of the last visit may be somebody else's: it goes, and what
   * this page wrote since comes along.
   */
  const onUp = async (userId: string): Promise<void> => {
    const before = term;
    if (before === undefined || before.user !== userId) {
      const own = queue
        .stored()
        .filter((one) => before === undefined || before.user === "" || one.clientId === clientId);
      if (before !== undefined) {
        for (const { id } of own) dirty.remove(id);
        const ending = end(before);
        if (before.user !== "") {
          trace({ type: "persistence", what: "other user" });
          const kept = new Set(own.map(({ id }) => id));
          queue.forget(queue.stored().flatMap(({ id }) => (kept.has(id) ? [] : [id])));
          store.reset(projectId);
        }
        dirty.clear();
        dirty.noteAll();
        for (const one of own) dirty.put(one);
        await ending;
      }
      await restore(userId);
    }
    if (term?.user === userId) await term.vault.setLastUser(term.place, userId);
  };

  const unlisten = [
    store.onBase((commit) => {
      if (isShowing) return;
      dirty.note(commit);
      flushSoon();
    }),
    link.onUp(({ userId }) => {
      onUp(userId ?? "").catch((cause: unknown) =>
        report("What is kept on this device cannot be read.", cause),
      );
    }),
  ];

  return {
    outbox: {
      put(write) {
        dirty.put(write);
        term?.writer.flush(false);
      },
      settle(write) {
        dirty.settle(write);
        flushSoon();
      },
      remove(id) {
        dirty.remove(id);
        term?.writer.flush(false);
      },
    },
    restore() {
      for (const event of ["pagehide", "visibilitychange"]) globalThis.addEventListener?.(event, flush);
      return soon(restore());
    },
    async flushed() {
      await soon(restoring);
      flush();
      if (term !== undefined) await soon(term.writer.done());
    },
    reset(next) {
      const ending = term === undefined ? Promise.resolve() : end(term);
      dirty.clear();
      projectId = next;
      handled(ending.then(() => restore()));
    },
    dispose() {
      isDisposed = true;
      for (const event of ["pagehide", "visibilitychange"]) globalThis.removeEventListener?.(event, flush);
      for (const off of unlisten) off();
      const close = async (): Promise<void> => {
        await restoring;
        if (term !== undefined) await end(term);
        (await opening)?.close();
      };
      close().catch(options.onError);
    },
  };
}

function within<T>(
  promise: Promise<T>,
  delayMs: number,
  schedule: (delayMs: number, task: () => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = schedule(delayMs, () => reject(persistenceError("The database did not open in time.")));
    promise.then(resolve, reject).finally(cancel);
  });
}
