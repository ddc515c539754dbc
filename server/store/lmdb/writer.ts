import { setImmediate as nextTurn } from "node:timers/promises";
import type { RootDatabase } from "lmdb";
import { createFifo } from "../fifo.ts";
import { StoreUnavailable } from "../store.ts";
import type { Database } from "./database.ts";
import type { Key } from "./keys.ts";
import { createWriteSet, type WriteSet } from "./write-set.ts";

export interface Writer {
  /**
   * Runs `prepare` in a write transaction shared with what else waits, makes the writes it gathered, and resolves with
   * its result once they are on disk. `prepare` sees what jobs before it wrote, and what it throws rejects it alone.
   * `settled` is called just before, in the order of the runs, also across transactions.
   * @throws StoreUnavailable when the disk took nothing, too much waits, or the writer is closed: nothing was written.
   */
  write<T>(prepare: (set: WriteSet) => T, settled?: (result: T) => void): Promise<T>;
  /** Refuses what comes from now on and resolves when nothing is under way. */
  drain(): Promise<void>;
}

export interface WriterOptions {
  /** Longest time that the jobs of one transaction hold the event loop, in milliseconds. */
  readonly sliceMs: number;
  /** Jobs that may wait; more are refused. */
  readonly maxWaiting: number;
  /** Called within each transaction after its jobs. */
  readonly upkeep: () => void;
}

interface Job {
  readonly prepare: (set: WriteSet) => void;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Called when the transaction is over: with how it failed, or without when it is on disk. */
type Outcome = (fault?: StoreUnavailable) => void;

/**
 * Groups commits: while one transaction is written to disk, jobs gather for the next, so that any number of them in
 * flight shares few flushes. The time budget keeps a burst from holding up sockets.
 */
export function createWriter(tree: RootDatabase<string, Key>, db: Database, options: WriterOptions): Writer {
  const waiting = createFifo<Job>();
  let pumping: Promise<void> | undefined;
  let closed = false;

  /** Within a transaction: runs jobs until the time is up. What an apply throws undoes the transaction. */
  function runSlice(outcomes: Outcome[]): void {
    const until = performance.now() + options.sliceMs;
    let wrote = false;
    do {
      const job = waiting.shift();
      if (job === undefined) break;
      const set = createWriteSet();
      try {
        job.prepare(set);
      } catch (error) {
        // It may have judged by what a job before it wrote: whether that holds is known only after the commit.
        outcomes.push((fault) => job.failed(fault ?? error));
        continue;
      }
      outcomes.push((fault) => (fault === undefined ? job.done() : job.failed(fault)));
      set.apply(db);
      wrote = true;
    } while (performance.now() < until);
    if (wrote) options.upkeep();
  }

  async function pump(): Promise<void> {
    while (waiting.length > 0) {
      const outcomes: Outcome[] = [];
      let fault: StoreUnavailable | undefined;
      try {
        // A child, as only a child can be undone when a write fails halfway.
        await tree.childTransaction(() => runSlice(outcomes));
      } catch (error) {
        fault = await faultOf(error);
        if (outcomes.length === 0) {
          // No transaction could be begun; another try would not end otherwise.
          for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) job.failed(fault);
        }
      }
      for (const outcome of outcomes) outcome(fault);
    }
    pumping = undefined;
  }

  return {
    write: <T>(prepare: (set: WriteSet) => T, settled: (result: T) => void = () => undefined) =>
      new Promise<T>((resolve, reject) => {
        if (closed) throw new StoreUnavailable("the store is closed");
        if (waiting.length >= options.maxWaiting)
          throw new StoreUnavailable("too many transactions are waiting");
        let finish = (): void => undefined;
        waiting.push({
          prepare(set) {
            const result = prepare(set);
            finish = () => {
              settled(result);
              resolve(result);
            };
          },
          done: () => finish(),
          failed: reject,
        });
        pumping ??= pump();
      }),
    async drain() {
      closed = true;
      await pumping;
    },
  };
}

/** Why lmdb could not commit comes as a promise of its own, rejected in the same turn; it must be listened to. */
async function faultOf(error: unknown): Promise<StoreUnavailable> {
  let cause = error;
  if (error instanceof Error && "commitError" in error) {
    const told = Promise.resolve(error.commitError).catch((reason: unknown) => reason);
    cause = await Promise.race([told, nextTurn(error)]);
  }
  const fault = new StoreUnavailable(`the disk did not take the transaction: ${String(cause)}`);
  fault.cause = cause;
  return fault;
}
