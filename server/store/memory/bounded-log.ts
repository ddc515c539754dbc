import { createFifo } from "../fifo.ts";

/** What happened at which seq, the newest `limit` of it; seqs never fall. */
export interface BoundedLog<T> {
  readonly length: number;
  /** Ever dropped. */
  readonly dropped: number;
  /** Seq of the newest that was dropped, 0 when none was: everything after it is here. */
  readonly droppedThrough: number;
  push(seq: number, item: T): void;
  /** How many have a seq above `seq`. */
  countAfter(seq: number): number;
  /** Those with a seq above `seq`, in rising order; costs what it returns. */
  after(seq: number): T[];
}

interface Numbered<T> {
  readonly seq: number;
  readonly item: T;
}

export function createBoundedLog<T>(limit: number): BoundedLog<T> {
  const kept = createFifo<Numbered<T>>();
  let dropped = 0;
  let droppedThrough = 0;

  /** Place of the first one above `seq`, by halving. */
  function firstAfter(seq: number): number {
    let low = 0;
    let high = kept.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = kept.at(middle);
      if (entry !== undefined && entry.seq > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  return {
    get length() {
      return kept.length;
    },
    get dropped() {
      return dropped;
    },
    get droppedThrough() {
      return droppedThrough;
    },
    push(seq, item) {
      kept.push({ seq, item });
      while (kept.length > limit) {
        dropped += 1;
        droppedThrough = kept.shift()?.seq ?? droppedThrough;
      }
    },
    countAfter: (seq) => kept.length - firstAfter(seq),
    after(seq) {
      const items: T[] = [];
      for (let index = firstAfter(seq); index < kept.length; index += 1) {
        const entry = kept.at(index);
        if (entry !== undefined) items.push(entry.item);
      }
      return items;
    },
  };
}
