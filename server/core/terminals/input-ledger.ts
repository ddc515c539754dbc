/** What was typed already, so that input sent again is not typed again. */
export interface InputLedger {
  /**
   * Types unless that was done: the same `inputSeq` shares the answer under way, one at or below the last typed is
   * done. `type` asks `mayType` when the input is about to go to the owner; from then on it is never typed again, nor
   * is an earlier one.
   */
  once(key: string, inputSeq: number, type: (mayType: () => boolean) => Promise<void>): Promise<void>;
}

interface Entry {
  last: number;
  readonly underWay: Map<number, Promise<void>>;
}

/** @param keep viewers remembered; the one that typed least recently is forgotten first. */
export function createInputLedger(keep: number): InputLedger {
  const entries = new Map<string, Entry>();

  const entryOf = (key: string): Entry => {
    const known = entries.get(key);
    const entry = known ?? { last: 0, underWay: new Map<number, Promise<void>>() };
    entries.delete(key);
    entries.set(key, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= keep) break;
      entries.delete(oldest);
    }
    return entry;
  };

  return {
    once(key, inputSeq, type) {
      const entry = entryOf(key);
      const shared = entry.underWay.get(inputSeq);
      if (shared !== undefined) return shared;
      if (inputSeq <= entry.last) return Promise.resolve();
      const typed = type(() => {
        if (inputSeq <= entry.last) return false;
        entry.last = inputSeq;
        return true;
      }).finally(() => entry.underWay.delete(inputSeq));
      entry.underWay.set(inputSeq, typed);
      return typed;
    },
  };
}
