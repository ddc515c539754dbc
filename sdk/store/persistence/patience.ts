import { persistenceError } from "../persistence-error.ts";

/** Nobody waits longer for a device that does not answer. */
const PATIENCE_MS = 3_000;

export interface Patience {
  /** Rejects when it takes too long. */
  orFail<T>(work: Promise<T>): Promise<T>;
  /** Resolves when it is done, or takes too long: what comes later still counts. */
  orGoOn(work: Promise<void>): Promise<void>;
}

export function createPatience(schedule: (delayMs: number, task: () => void) => () => void): Patience {
  const orFail = <T>(work: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const late = (): void => reject(persistenceError("The database did not answer in time."));
      const cancel = schedule(PATIENCE_MS, late);
      work.then(resolve, reject).finally(cancel);
    });
  return { orFail, orGoOn: (work) => orFail(work).catch(() => {}) };
}
