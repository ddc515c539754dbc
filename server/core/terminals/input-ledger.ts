/** What was typed already, so that input sent again is not typed again. */
export interface InputLedger {
  /**
   * Types unless that was done: the same `inputSeq` shares the answer under way, one that the owner did not confirm is
   * refused once more, any other at or below the last typed is done. `type` asks `mayType` when the input is about to go to the owner; from then on it is never typed again, nor
   * is an earlier one.
   */
  once(key: string, inputSeq: number, type: (mayType: () => boolean) => Promise<void>): Promise<void>;
}

interface Entry {
  last: number;
  readonly underWay: Map<number, Promise<void>>;
  /** Why the owner did not confirm: said to be typed when it is sent again, an input would be lost and nobody told. */
  readonly refused: Map<number, unknown>;
}

/** Inputs of one viewer whose refusal is remembered; more are not sent again in one go. */
const REFUSED_KEPT = 1_000;

/** @param keep viewers remembered; the one that typed least recently is forgotten first. */
export function createInputLedger(keep: number): InputLedger {
  const entries = new Map<string, Entry>();

  const entryOf = (key: string): Entry => {
    const known = entries.get(key);
    const entry: Entry = known ?? { last: 0, underWay: new Map(), refused: new Map() };
    entries.delete(key);
    entries.set(key, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= keep) break;
      entries.delete(oldest);
    }
    return entry;
  };

  const refuse = ({ refused }: Entry, inputSeq: number, error: unknown): void => {
    refused.set(inputSeq, error);
    for (const oldest of refused.keys()) {
      if (refused.size <= REFUSED_KEPT) break;
      refused.delete(oldest);
    }
  };

  /** Refused once more: the first answer may have been lost. Then it is done, or who asks until it is asks for ever. */
  async function answered({ refused }: Entry, inputSeq: number): Promise<void> {
    const fault = refused.get(inputSeq);
    if (refused.delete(inputSeq)) throw fault;
  }

  return {
    once(key, inputSeq, type) {
      const entry = entryOf(key);
      const shared = entry.underWay.get(inputSeq);
      if (shared !== undefined) return shared;
      if (inputSeq <= entry.last) return answered(entry, inputSeq);
      let hasGone = false;
      const typed = type(() => {
        if (inputSeq <= entry.last) return false;
        entry.last = inputSeq;
        hasGone = true;
        return true;
      })
        .catch((error: unknown) => {
          if (hasGone) refuse(entry, inputSeq, error);
          throw error;
        })
        .finally(() => entry.underWay.delete(inputSeq));
      entry.underWay.set(inputSeq, typed);
      return typed;
    },
  };
}
