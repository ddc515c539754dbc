import { handled } from "../../util/handled.ts";
import { persistenceError } from "../persistence-error.ts";
import { createDirty } from "./dirty.ts";
import { lockOf } from "./heirs.ts";
import { type InheritOptions, inherit } from "./inherit.ts";
import { type ReadableBase, readBase } from "./kept-base.ts";
import { createPatience } from "./patience.ts";
import type { Keeper, KeeperTrace, KeepOptions, KeptWrite } from "./persistence.ts";
import { placeOf, scopeOf, type Term } from "./term.ts";
import type { Vault, VaultDoor } from "./vault.ts";
import { createWriter } from "./writer.ts";

/** Changes of the base gather this long: they can be had again from the server. Pending writes are kept at once. */
const FLUSH_MS = 500;
const UNREADABLE = "What is kept on this device cannot be read.";

/**
 * Keeps base, position and pending writes of a client in a vault.
 *
 * Tabs share a vault. Each brings the base as far as it is itself, if no other has, so that a page never starts from
 * less than it has shown. Each keeps its own pending writes and holds the lock of its clientId; whoever gets the lock of
 * another client knows that it is gone, and adopts its writes.
 */
export function createKeeper(door: VaultDoor, options: KeepOptions): Keeper {
  const { store, link, clientId, queue } = options;
  const trace = (entry: KeeperTrace): void => options.trace?.(entry);
  const dirty = createDirty();
  const patience = createPatience(options.schedule);
  let opening: Promise<Vault | undefined> | undefined;
  let term: Term | undefined;
  let projectId = options.projectId;
  let restoring: Promise<void> = Promise.resolve();
  let cancelFlush: (() => void) | undefined;
  let isDisposed = false;
  let closing: Promise<void> | undefined;
  /** What was kept is being shown: the store changes by our own hand. */
  let isShowing = false;

  const report = (message: string, cause?: unknown): void => {
    trace({ type: "persistence", what: "failed" });
    options.onError(persistenceError(message, cause));
  };

  const open = (): Promise<Vault | undefined> => {
    opening ??= patience.orFail(door.open(report)).catch((cause: unknown) => {
      report("What is kept on this device cannot be opened.", cause);
      return undefined;
    });
    return opening;
  };

  const begin = (vault: Vault, user: string): Term => {
    const place = placeOf(options.url, projectId);
    const scope = scopeOf(options.url, projectId, user);
    const { onError } = options;
    const writer = createWriter({ vault, scope, store, dirty, onError, trace });
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
  const find = async ({ vault, scope, writer, ended }: Term): Promise<ReadableBase | undefined> => {
    try {
      const kept = await vault.base(scope);
      if (kept !== undefined) {
        writer.past.add(kept.position.epoch);
        return readBase(kept);
      }
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
      writer.kept = base.batch.position;
      isShowing = true;
      store.commit(base.batch);
      isShowing = false;
      const { batch, entities } = base;
      trace({ type: "persistence", what: "restored", entities, seq: batch.position.seq });
    });
  };

  const heirloom = (isNew: boolean): InheritOptions => {
    const nobody = scopeOf(options.url, projectId, "");
    const { onError, schedule } = options;
    return { door, clientId, dirty, isNew, nobody, adopt, onError, schedule };
  };

  const hold = ({ ended }: Term, name: string): Promise<boolean> =>
    door.locks.hold(name, { signal: ended.signal, wait: true });

  const takeUp = async (user?: string, isNew = true): Promise<void> => {
    const vault = await open();
    if (vault === undefined) return;
    const place = placeOf(options.url, projectId);
    try {
      const who = user ?? (await vault.lastUser(place)) ?? "";
      if (term !== undefined || place !== placeOf(options.url, projectId)) return;
      const now = begin(vault, who);
      await hold(now, lockOf(now.scope, clientId));
      now.writer.flush(false);
      if (isDisposed) return;
      const [base, writes] = await Promise.all([find(now), inherit(now, heirloom(isNew))]);
      if (now.ended.signal.aborted) return;
      show(now, base, writes);
      flushSoon();
    } catch (cause) {
      if (term?.ended.signal.aborted !== true) report(UNREADABLE, cause);
    }
  };

  /** One at a time: what a page writes in its first moments waits for it. */
  const restore = (user?: string): Promise<void> => {
    restoring = restoring.then(() => takeUp(user));
    return restoring;
  };

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
   * this page wrote since comes along. It is kept in its new place before it leaves the old one.
   */
  const onUp = (userId: string): void => {
    const before = term;
    if (before?.user === userId) return;
    const own = queue
      .stored()
      .filter((one) => before === undefined || before.user === "" || one.clientId === clientId);
    const ending = before && end(before);
    if (before !== undefined) {
      if (before.user !== "") {
        trace({ type: "persistence", what: "other user" });
        const kept = new Set(own.map(({ id }) => id));
        queue.forget(queue.stored().flatMap(({ id }) => (kept.has(id) ? [] : [id])));
        store.reset(projectId);
      }
      dirty.clear();
      dirty.noteAll();
      for (const one of own) dirty.put(one);
    }
    const move = async (): Promise<void> => {
      await ending;
      // Before anything is kept under that name: the next page looks there first.
      await (await open())?.setLastUser(placeOf(options.url, projectId), userId);
      await takeUp(userId, before === undefined);
      if (before === undefined || term === undefined || own.length === 0) return;
      await term.writer.done();
      await term.vault.write(before.scope, { put: [], remove: own.map(({ id }) => id) });
    };
    restoring = restoring.then(move).catch((cause: unknown) => report(UNREADABLE, cause));
  };

  const close = async (): Promise<void> => {
    await restoring;
    if (term !== undefined) await end(term);
    (await opening)?.close();
    await door.locks.freed();
  };

  const unlisten = [
    store.onBase((commit) => {
      if (isShowing) return;
      const { before, position } = commit;
      if (before !== undefined && before.epoch !== position?.epoch) term?.writer.past.add(before.epoch);
      dirty.note(commit);
      flushSoon();
    }),
    link.onUp(({ userId }) => onUp(userId ?? "")),
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
      kept() {
        term?.writer.flush(false);
        return patience.orGoOn(term?.writer.done() ?? restoring);
      },
    },
    restore() {
      for (const event of ["pagehide", "visibilitychange"]) globalThis.addEventListener?.(event, flush);
      return patience.orGoOn(restore());
    },
    async flushed() {
      await patience.orGoOn(restoring);
      flush();
      if (term !== undefined) await patience.orGoOn(term.writer.done());
    },
    reset(next) {
      const ending = term === undefined ? Promise.resolve() : end(term);
      dirty.clear();
      projectId = next;
      void handled(ending.then(() => restore()));
    },
    dispose() {
      isDisposed = true;
      for (const event of ["pagehide", "visibilitychange"]) globalThis.removeEventListener?.(event, flush);
      for (const off of unlisten) off();
      closing ??= close().catch(options.onError);
      return patience.orGoOn(closing);
    },
  };
}
