/** A queue in an array: read anywhere by place from the oldest, removed from the front in amortised constant time. */
export interface Fifo<T> {
  readonly length: number;
  push(item: T): void;
  /** Takes out the oldest. */
  shift(): T | undefined;
  /** 0 is the oldest. */
  at(index: number): T | undefined;
}

/** Below this many taken places the array is not worth copying. */
const COMPACT_FROM = 256;

export function createFifo<T>(): Fifo<T> {
  let items: (T | undefined)[] = [];
  let start = 0;
  return {
    get length() {
      return items.length - start;
    },
    push(item) {
      items.push(item);
    },
    shift() {
      if (start === items.length) return undefined;
      const item = items[start];
      items[start] = undefined;
      start += 1;
      if (start >= COMPACT_FROM && start * 2 >= items.length) {
        items = items.slice(start);
        start = 0;
      }
      return item;
    },
    at: (index) => items[start + index],
  };
}
