/** What the owner of a terminal wrote, by offset, for a server that has to be told again. Oldest bytes go first. */
export interface OwnerHistory {
  /** Of the oldest byte held. */
  readonly from: number;
  readonly end: number;
  add(bytes: Uint8Array): void;
  after(offset: number): Uint8Array;
  /** The stream starts anew. */
  restart(): void;
}

/** As much as owners keep (protocol section 8). */
const MAX_BYTES = 1024 * 1024;

export function createOwnerHistory(): OwnerHistory {
  let held = new Uint8Array();
  let from = 0;
  return {
    get from() {
      return from;
    },
    get end() {
      return from + held.length;
    },
    add(bytes) {
      const all = new Uint8Array(held.length + bytes.length);
      all.set(held);
      all.set(bytes, held.length);
      const excess = Math.max(0, all.length - MAX_BYTES);
      held = all.slice(excess);
      from += excess;
    },
    after: (offset) => held.slice(Math.max(0, offset - from)),
    restart() {
      from = 0;
    },
  };
}
