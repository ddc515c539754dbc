import type { Store, StoreSnapshot } from "../../store/store.ts";

interface Reading {
  readonly result: Promise<StoreSnapshot>;
  /** Something was told of the project since the read began: it may lack what a later caller will not be told again. */
  isOutdated: boolean;
}

/**
 * One read for all who ask for a project's snapshot at the same time: a storm of clients must not read it once each.
 * A read under way serves a caller who joined later only if nothing was told in between.
 */
export function createSharedSnapshot(store: Store) {
  const underWay = new Map<string, Reading>();

  function begin(projectId: string): Promise<StoreSnapshot> {
    const result = store.snapshot(projectId);
    const reading: Reading = { result, isOutdated: false };
    underWay.set(projectId, reading);
    const done = (): void => {
      if (underWay.get(projectId) === reading) underWay.delete(projectId);
    };
    result.then(done, done);
    return result;
  }

  return {
    read(projectId: string): Promise<StoreSnapshot> {
      const reading = underWay.get(projectId);
      return reading === undefined || reading.isOutdated ? begin(projectId) : reading.result;
    },
    /** A commit of the project is being told. */
    told(projectId: string): void {
      const reading = underWay.get(projectId);
      if (reading !== undefined) reading.isOutdated = true;
    },
  };
}
