import { createFifo, type Fifo } from "../fifo.ts";
import type { Answer, NewAnswer, Retention } from "../store.ts";
import { createRecencyList, type Linked } from "./recency-list.ts";

/** What was answered to whom, in all projects. Answers outlive the clearing of their project: a late repeat must not apply. */
export interface AnswerBook {
  /** Owners of whom anything is remembered. */
  readonly owners: number;
  answer(projectId: string, owner: string, key: string): Answer | undefined;
  highest(projectId: string, owner: string): number;
  add(projectId: string, answer: NewAnswer): void;
}

interface Owner extends Linked {
  readonly name: string;
  readonly answers: Map<string, NewAnswer>;
  /** Oldest first; n rises with them, since an n at or below the highest is never answered anew. */
  readonly numbered: Fifo<NewAnswer>;
  readonly keyed: Fifo<NewAnswer>;
  highest: number;
  highestAt: number;
  touchedAt: number;
}

/** Owners looked at in passing by each `add`; two keep ahead of one new owner an `add`. */
const SWEPT_PER_ADD = 2;

/**
 * Bounded without timers: an owner's own answers are pruned when it gets the next one, and each `add` looks at the
 * owners that were quiet longest, first among those with answers, then among those of whom only the highest n is left.
 */
export function createAnswerBook(retention: Retention, now: () => number): AnswerBook {
  const owners = new Map<string, Owner>();
  const talking = createRecencyList<Owner>();
  const quiet = createRecencyList<Owner>();

  const isExpired = (answer: Answer): boolean => answer.at + retention.mutationsKeptMs <= now();
  // No project id holds a line break.
  const find = (projectId: string, owner: string): Owner | undefined => owners.get(`${projectId}\n${owner}`);

  function touch(projectId: string, name: string): Owner {
    const key = `${projectId}\n${name}`;
    const known = owners.get(key);
    if (known !== undefined) {
      (known.answers.size > 0 ? talking : quiet).remove(known);
      return known;
    }
    const made: Owner = {
      name: key,
      answers: new Map(),
      numbered: createFifo(),
      keyed: createFifo(),
      highest: 0,
      highestAt: 0,
      touchedAt: 0,
      older: undefined,
      newer: undefined,
    };
    owners.set(key, made);
    return made;
  }

  function prune(owner: Owner, ackedThrough: number): void {
    for (const queue of [owner.numbered, owner.keyed]) {
      for (let oldest = queue.at(0); oldest !== undefined; oldest = queue.at(0)) {
        const isAcked = oldest.n !== undefined && oldest.n <= ackedThrough;
        if (!isAcked && !isExpired(oldest) && queue.length <= retention.mutationsKept) break;
        queue.shift();
        if (owner.answers.get(oldest.key) === oldest) owner.answers.delete(oldest.key);
      }
    }
  }

  /** Puts an owner that is in no list where it belongs; one of whom nothing is left is forgotten. */
  function settle(owner: Owner): void {
    if (owner.answers.size > 0) talking.add(owner);
    else if (owner.highest > 0) quiet.add(owner);
    else owners.delete(owner.name);
  }

  function sweep(): void {
    for (let count = 0; count < SWEPT_PER_ADD; count += 1) {
      const talker = talking.oldest;
      if (talker !== undefined && talker.touchedAt + retention.mutationsKeptMs <= now()) {
        talking.remove(talker);
        prune(talker, 0);
        settle(talker);
      }
      const silent = quiet.oldest;
      if (silent !== undefined && silent.touchedAt + retention.highestKeptMs <= now()) {
        quiet.remove(silent);
        owners.delete(silent.name);
      }
    }
  }

  return {
    get owners() {
      return owners.size;
    },
    answer(projectId, owner, key) {
      const answer = find(projectId, owner)?.answers.get(key);
      return answer === undefined || isExpired(answer) ? undefined : answer;
    },
    highest(projectId, name) {
      const owner = find(projectId, name);
      return owner === undefined || owner.highestAt + retention.highestKeptMs <= now() ? 0 : owner.highest;
    },
    add(projectId, answer) {
      const owner = touch(projectId, answer.owner);
      owner.touchedAt = answer.at;
      owner.answers.set(answer.key, answer);
      (answer.n === undefined ? owner.keyed : owner.numbered).push(answer);
      if (answer.n !== undefined) {
        owner.highest = Math.max(owner.highest, answer.n);
        owner.highestAt = answer.at;
      }
      prune(owner, answer.ackedThrough ?? 0);
      settle(owner);
      sweep();
    },
  };
}
