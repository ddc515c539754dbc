/** A member of at most one list; the links are the list's alone. */
export interface Linked {
  older: Linked | undefined;
  newer: Linked | undefined;
}

/** Members in the order in which they were last touched; every operation takes constant time. */
export interface RecencyList<T extends Linked> {
  readonly oldest: T | undefined;
  readonly newest: T | undefined;
  /** Puts a new member at the newest end. */
  add(member: T): void;
  remove(member: T): void;
}

/** A Map re-inserted on change has the same order, but cannot be read from its newest end. */
export function createRecencyList<T extends Linked>(): RecencyList<T> {
  let oldest: T | undefined;
  let newest: T | undefined;
  return {
    get oldest() {
      return oldest;
    },
    get newest() {
      return newest;
    },
    add(member) {
      member.older = newest;
      member.newer = undefined;
      if (newest === undefined) oldest = member;
      else newest.newer = member;
      newest = member;
    },
    remove(member) {
      // Only members of this list are linked to one, so the neighbours are of its type.
      const older = member.older as T | undefined;
      const newer = member.newer as T | undefined;
      if (older === undefined) oldest = newer;
      else older.newer = newer;
      if (newer === undefined) newest = older;
      else newer.older = older;
      member.older = undefined;
      member.newer = undefined;
    },
  };
}
