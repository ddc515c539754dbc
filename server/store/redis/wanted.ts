import type { CellKind, CellOf } from "./cell.ts";

/** Thrown through a decision that asks for what is not at hand; it runs again once that was looked up. */
const WANTED = new Error("Looked up, then decided again");

/** What stops a decision: things to look up, or writes of the batch so far that must be in Redis first. */
export interface Wants {
  readonly names: ReadonlySet<string>;
  readonly isCommitFirst: boolean;
  /**
   * Notes what is not at hand.
   * @throws unless `foresee` is under way, which goes on as if it were not there
   */
  want<K extends CellKind>(kind: K, name: string): CellOf<K>;
  /** @throws always */
  commitFirst(): never;
  /** Forgets what was wanted. */
  clear(): void;
  /** Runs a decision, or part of one, only to hear what it asks for, as far as one can hear; what it does is of no use. */
  foresee(action: () => void): void;
}

/** Things looked up at once. */
const MOST_NAMES = 2_000;

/** Each kind of cell with nothing in it. */
const NOTHING: { readonly [K in CellKind]: CellOf<K> } = {
  entity: { kind: "entity", entity: undefined },
  register: { kind: "register", value: undefined },
  claims: { kind: "claims", taskIds: [] },
  oldest: { kind: "oldest", id: undefined },
  owner: { kind: "owner", highest: 0, highestAt: 0, names: new Set(), stamp: "" },
  answer: { kind: "answer", answer: undefined },
  place: { kind: "place", projectId: undefined },
};

export function createWants(): Wants {
  const names = new Set<string>();
  let isCommitFirst = false;
  let isForeseeing = false;
  return {
    names,
    get isCommitFirst() {
      return isCommitFirst;
    },
    want(kind, name) {
      if (names.size < MOST_NAMES) names.add(name);
      if (!isForeseeing || names.size >= MOST_NAMES) throw WANTED;
      return NOTHING[kind];
    },
    commitFirst() {
      isCommitFirst = true;
      throw WANTED;
    },
    clear() {
      names.clear();
      isCommitFirst = false;
    },
    foresee(action) {
      isForeseeing = true;
      try {
        action();
      } catch {
        // Judged by what is not there; it is asked again when it is.
      } finally {
        isForeseeing = false;
      }
    },
  };
}
