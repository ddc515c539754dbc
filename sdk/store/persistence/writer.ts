import type { Position } from "../../protocol/index.ts";
import { persistenceError } from "../persistence-error.ts";
import type { Store } from "../store.ts";
import { bucketsOf, type Dirty } from "./dirty.ts";
import type { KeeperTrace, KeptWrite } from "./persistence.ts";
import type { BaseWrite, Vault } from "./vault.ts";

export interface WriterOptions {
  readonly vault: Vault;
  readonly scope: string;
  readonly store: Store;
  readonly dirty: Dirty;
  onError(error: Error): void;
  trace(entry: KeeperTrace): void;
}

/**
 * Writes what is dirty of one scope into the vault: the base one write at a time, pending writes at the end of the task
 * they were made in, since the page may be gone in the next. The vault does what it is given in that order.
 */
export interface Writer {
  /** What the vault is known to hold at least: all that changed since is dirty. */
  kept: Position | undefined;
  /** Epochs that were kept or held here before: few, since a server rarely begins another. */
  readonly past: Set<string>;
  /** Pending writes, and with `all` the base too; what gathers meanwhile goes next. */
  flush(all: boolean): void;
  /** Takes what there is at this very moment, and nothing that comes later: the store is about to change scope. */
  last(): Promise<void>;
  done(): Promise<void>;
}

interface Job {
  readonly base: BaseWrite | undefined;
  readonly put: readonly KeptWrite[];
  readonly remove: readonly string[];
}

export function createWriter(options: WriterOptions): Writer {
  const { vault, scope, store, dirty } = options;
  let chain: Promise<void> = Promise.resolve();
  let isBaseRunning = false;
  /** The base is being written, and has changed again. */
  let isDue = false;
  /** Pending writes go at the end of this task. */
  let isGathering = false;
  /** What is dirty is of another scope by now. */
  let isOver = false;
  /** Which job a pending write was put or removed by last: what failed goes again unless another came after it. */
  const underway = new Map<string, Job>();
  /** After a failure that would repeat itself, as on a full disk. */
  let isBaseGivenUp = false;
  let hasFailed = false;

  const gather = (all: boolean): Job | undefined => {
    const keepsBase = all && !isBaseGivenUp;
    const base = keepsBase ? gatherBase() : undefined;
    // Without a base to wait for there is nothing to wait for.
    const writes = dirty.takeWrites(isBaseGivenUp || keepsBase ? "go" : "keep");
    const isEmpty = base === undefined && writes.put.length === 0 && writes.remove.length === 0;
    return isEmpty ? undefined : { base, ...writes };
  };

  const gatherBase = (): BaseWrite | undefined => {
    const { position } = store;
    if (position === undefined || !dirty.hasBase) return undefined;
    const set = dirty.takeBase();
    const since = set.isAll ? undefined : writer.kept;
    // What is gathered next goes on from here; should this one fail, that will not fit.
    writer.kept = position;
    const buckets = bucketsOf({ ...set, isAll: since === undefined }, store.tables());
    return { since, position, past: writer.past, buckets };
  };

  const run = async (job: Job): Promise<void> => {
    const { base, put, remove } = job;
    const ids = [...put.map(({ id }) => id), ...remove];
    for (const id of ids) underway.set(id, job);
    try {
      const isTaken = await vault.write(scope, { base, put, remove });
      hasFailed = false;
      const entities = base?.buckets.reduce((sum, bucket) => sum + bucket.entities.length, 0) ?? 0;
      options.trace({ type: "persistence", what: "written", entities, writes: put.length });
      // Another tab may have been there first: then it holds as much all the same.
      if (base === undefined || isTaken || isOver) return;
      writer.kept = undefined;
      dirty.noteAll();
      isDue = true;
    } catch (cause) {
      await fail(cause, job);
    } finally {
      for (const id of ids) if (underway.get(id) === job) underway.delete(id);
    }
  };

  const fail = async (cause: unknown, job: Job): Promise<void> => {
    const hadBase = job.base !== undefined;
    const isFull = cause instanceof Error && cause.name === "QuotaExceededError";
    const what = hadBase ? "The copy of the project" : "A pending write";
    const message = isFull ? `${what} does not fit on this device.` : `${what} could not be kept.`;
    const remedy = isFull
      ? "Free some space; until then a reload starts from the server."
      : "See the cause; until then a reload starts from the server.";
    if (!hasFailed) options.onError(persistenceError(message, cause, remedy));
    hasFailed = true;
    options.trace({ type: "persistence", what: "failed" });
    if (!hadBase && !isFull) return;
    // What the user wrote is worth more than a copy of what the server has: that makes room, and the writes go again.
    isBaseGivenUp = true;
    await vault.clearBase(scope).catch(() => {});
    const isLatest = (id: string): boolean => underway.get(id) === job;
    const put = job.put.filter(({ id }) => isLatest(id));
    const remove = job.remove.filter(isLatest);
    await vault.write(scope, { put, remove }).catch((again: unknown) => {
      options.onError(persistenceError("A pending write could not be kept.", again));
    });
  };

  const follow = (work: Promise<void>): void => {
    // To nothing: results would pile up, each holding the one before.
    chain = Promise.all([chain, work]).then(() => {});
  };
  const begin = async (job: Job | undefined): Promise<void> => {
    if (job !== undefined) await run(job);
  };

  const flushAll = (): void => {
    if (isBaseRunning) {
      isDue = true;
      return;
    }
    const job = gather(true);
    const hasBase = job?.base !== undefined;
    if (hasBase) isBaseRunning = true;
    const running = begin(job).then(() => {
      if (hasBase) isBaseRunning = false;
      if (!isDue || isOver) return;
      isDue = false;
      flushAll();
    });
    follow(running);
  };

  const flushWrites = (): void => {
    if (isGathering) return;
    isGathering = true;
    const running = Promise.resolve().then(() => {
      isGathering = false;
      return isOver ? undefined : begin(gather(false));
    });
    follow(running);
  };

  const writer: Writer = {
    kept: undefined,
    past: new Set(),
    flush: (all) => (all ? flushAll() : flushWrites()),
    last() {
      const job = gather(true);
      isOver = true;
      follow(begin(job));
      return chain;
    },
    async done() {
      // Each write may have asked for another.
      for (let before: Promise<void> | undefined; before !== chain; ) {
        before = chain;
        await before;
      }
    },
  };
  return writer;
}
