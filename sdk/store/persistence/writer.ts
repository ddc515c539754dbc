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

/** Writes what is dirty of one scope into the vault, one write at a time. */
export interface Writer {
  /** What the vault is known to hold at least: all that changed since is dirty. */
  kept: Position | undefined;
  /** Epochs that were kept or held here before: few, since a server rarely begins another. */
  readonly past: Set<string>;
  /** Pending writes, and with `all` the base too; what gathers meanwhile goes next. */
  flush(all: boolean): void;
  /** Takes what there is at this very moment, to be written when its turn comes: the store is about to change scope. */
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
  /** How much is asked for while a write is under way. */
  let due: "nothing" | "writes" | "all" = "nothing";
  let isRunning = false;
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

  const run = async ({ base, put, remove }: Job): Promise<void> => {
    try {
      const isTaken = await vault.write(scope, { base, put, remove });
      hasFailed = false;
      const entities = base?.buckets.reduce((sum, bucket) => sum + bucket.entities.length, 0) ?? 0;
      options.trace({ type: "persistence", what: "written", entities, writes: put.length });
      if (base === undefined) return;
      // Another tab may have been there first: then it holds as much all the same.
      if (isTaken) return;
      writer.kept = undefined;
      dirty.noteAll();
      due = "all";
    } catch (cause) {
      await fail(cause, base !== undefined, put, remove);
    }
  };

  const fail = async (
    cause: unknown,
    hadBase: boolean,
    put: readonly KeptWrite[],
    remove: readonly string[],
  ): Promise<void> => {
    const isFull = cause instanceof Error && cause.name === "QuotaExceededError";
    const what = hadBase ? "The copy of the project" : "A pending write";
    const message = isFull ? `${what} does not fit on this device.` : `${what} could not be kept.`;
    const remedy = isFull
      ? "Free some space; until then a reload starts from the server."
      : "See the cause; until then a reload starts from the server.";
    if (!hasFailed) options.onError(persistenceError(message, cause, remedy));
    hasFailed = true;
    options.trace({ type: "persistence", what: "failed" });
    if (!hadBase) return;
    // What the user wrote is worth more than a copy of what the server has: that makes room, and the writes go again.
    isBaseGivenUp = true;
    await vault.clearBase(scope).catch(() => {});
    await vault.write(scope, { put, remove }).catch((again: unknown) => {
      options.onError(persistenceError("A pending write could not be kept.", again));
    });
  };

  const start = (all: boolean): void => {
    const job = gather(all);
    if (job === undefined) return;
    isRunning = true;
    chain = chain
      .then(() => run(job))
      .then(() => {
        isRunning = false;
        const next = due;
        due = "nothing";
        if (next !== "nothing") start(next === "all");
      });
  };

  const writer: Writer = {
    kept: undefined,
    past: new Set(),
    flush(all) {
      if (!isRunning) start(all);
      else if (all || due === "nothing") due = all ? "all" : "writes";
    },
    last() {
      const job = gather(true);
      due = "nothing";
      if (job !== undefined) chain = chain.then(() => run(job));
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
