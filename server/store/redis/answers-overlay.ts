import type { Answer, NewAnswer, Retention } from "../store.ts";
import { type CellKind, type CellOf, cellName, NAMES_KNOWN, type OwnerCell } from "./cell.ts";
import { nameOf } from "./name-of.ts";

/** What a batch answers, over what is known to have been answered before. */
export interface AnswersOverlay {
  answer(owner: string, key: string): Answer | undefined;
  highest(owner: string): number;
  /** Makes sure that an answer can be added. */
  prepare(answer: NewAnswer): void;
  add(answer: NewAnswer, json: string): void;
  readonly given: readonly GivenAnswer[];
  /** What is known of those who were answered. To be called once, when the batch is in Redis: cells change with it. */
  owners(): ReadonlyMap<string, OwnerCell>;
}

export interface GivenAnswer {
  readonly owner: string;
  readonly key: string;
  readonly answer: NewAnswer;
  readonly json: string;
}

export interface AnswersDeps {
  readonly retention: Retention;
  readonly now: () => number;
  /** Of what is known; throws for what has to be looked up. */
  readonly need: <K extends CellKind>(kind: K, name: string) => CellOf<K>;
  readonly commitFirst: () => never;
  readonly createStamp: () => string;
}

interface OwnAnswers {
  readonly answers: Map<string, NewAnswer>;
  highest: number;
  highestAt: number;
  /** Redis drops some of the owner's answers with this batch: which of them are left is known only after it. */
  drops: boolean;
}

export function createAnswersOverlay(deps: AnswersDeps): AnswersOverlay {
  const { retention, now, need, commitFirst } = deps;
  const given: GivenAnswer[] = [];
  const own = new Map<string, OwnAnswers>();

  const ownerCell = (owner: string): OwnerCell => need("owner", cellName.owner(owner));

  function live(answer: Answer | undefined): Answer | undefined {
    return answer === undefined || answer.at + retention.mutationsKeptMs <= now() ? undefined : answer;
  }

  return {
    given,
    answer(ownerText, keyText) {
      const owner = nameOf(ownerText);
      const key = nameOf(keyText);
      const mine = own.get(owner);
      const isMine = mine?.answers.has(key) === true;
      if (isMine && !mine.drops) return live(mine.answers.get(key));
      const { names, stamp } = ownerCell(owner);
      if (!isMine && names !== undefined && !names.has(key)) return undefined;
      if (mine?.drops === true) commitFirst();
      return live(need("answer", cellName.answer(owner, stamp, key)).answer);
    },
    highest(ownerText) {
      const owner = nameOf(ownerText);
      const mine = own.get(owner);
      const { highest, highestAt } = mine !== undefined && mine.highest > 0 ? mine : ownerCell(owner);
      return highestAt + retention.highestKeptMs <= now() ? 0 : highest;
    },
    prepare({ owner }) {
      ownerCell(nameOf(owner));
    },
    add(answer, json) {
      const owner = nameOf(answer.owner);
      const key = nameOf(answer.key);
      const before = ownerCell(owner);
      const mine = own.get(owner) ?? {
        answers: new Map<string, NewAnswer>(),
        highest: before.highest,
        highestAt: before.highestAt,
        drops: false,
      };
      own.set(owner, mine);
      mine.answers.set(key, answer);
      const count = (before.names?.size ?? retention.mutationsKept) + mine.answers.size;
      mine.drops ||= (answer.ackedThrough ?? 0) > 0 || count > retention.mutationsKept;
      if (answer.n !== undefined) {
        mine.highest = Math.max(mine.highest, answer.n);
        mine.highestAt = answer.at;
      }
      given.push({ owner, key, answer, json });
    },
    owners() {
      const cells = new Map<string, OwnerCell>();
      for (const [owner, { answers, highest, highestAt }] of own) {
        const { names } = ownerCell(owner);
        // The cell is replaced by the one that is made here: nobody else reads the set any more.
        for (const key of answers.keys()) names?.add(key);
        if (names !== undefined && names.size > NAMES_KNOWN) continue;
        cells.set(owner, { kind: "owner", highest, highestAt, names, stamp: deps.createStamp() });
      }
      return cells;
    },
  };
}
