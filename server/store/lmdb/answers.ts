import type { Answer, NewAnswer, Retention } from "../store.ts";
import type { Database, Reader } from "./database.ts";
import { type AnswerKind, keys, nameOf } from "./keys.ts";
import type { WriteSet } from "./write-set.ts";

/** Somebody who was answered. Outlives the clearing of the project: a late repeat must not apply. */
export interface Talker {
  highest: number;
  highestAt: number;
  /** Answers kept, by kind. */
  numbered: number;
  keyed: number;
  /** Next place among the keyed ones; numbered ones stand at their n. */
  nextPlace: number;
  /** When something of it may expire; it stands in the calendar there. */
  due: number;
}

interface KeptAnswer extends Answer {
  readonly kind: AnswerKind;
  readonly place: number;
}

export interface Given {
  readonly key: string;
  readonly at: number;
}

/** Answers dropped by one commit at most, so that an owner's first ack in a long time does not hold up others. */
const PRUNED_AT_ONCE = 256;

export function keptAnswer(
  reader: Reader,
  projectId: string,
  owner: string,
  key: string,
  retention: Retention,
  now: number,
): Answer | undefined {
  const kept = reader.get<KeptAnswer>(keys.answer(projectId, nameOf(owner), nameOf(key)));
  if (kept === undefined || kept.at + retention.mutationsKeptMs <= now) return undefined;
  return { fingerprint: kept.fingerprint, ack: kept.ack, at: kept.at };
}

export function keptHighest(
  reader: Reader,
  projectId: string,
  owner: string,
  retention: Retention,
  now: number,
): number {
  const talker = reader.get<Talker>(keys.talker(projectId, nameOf(owner)));
  return talker === undefined || talker.highestAt + retention.highestKeptMs <= now ? 0 : talker.highest;
}

/** Keeps an answer and drops those of its owner that need not be kept any more. */
export function addAnswer(
  db: Database,
  set: WriteSet,
  projectId: string,
  answer: NewAnswer,
  retention: Retention,
  now: number,
): void {
  const owner = nameOf(answer.owner);
  const key = nameOf(answer.key);
  const known = db.get<Talker>(keys.talker(projectId, owner));
  const talker = known ?? newTalker(answer.at + retention.mutationsKeptMs);
  if (known === undefined) set.put(keys.due(talker.due, projectId, owner), 0);

  const before = db.get<KeptAnswer>(keys.answer(projectId, owner, key));
  if (before !== undefined) {
    set.remove(keys.givenAt(projectId, owner, before.kind, before.place));
    talker[before.kind] -= 1;
  }
  const kind: AnswerKind = answer.n === undefined ? "keyed" : "numbered";
  const place = answer.n ?? talker.nextPlace++;
  talker[kind] += 1;
  for (const { key: given, value } of db.range<Given>(keys.given(projectId, owner, kind), {
    limit: PRUNED_AT_ONCE,
  })) {
    const at = Number(given.at(-1));
    if (before?.kind === kind && before.place === at) continue;
    const isAcked = kind === "numbered" && at <= (answer.ackedThrough ?? 0);
    if (!isAcked && value.at + retention.mutationsKeptMs > now && talker[kind] <= retention.mutationsKept)
      break;
    set.remove(given);
    set.remove(keys.answer(projectId, owner, value.key));
    talker[kind] -= 1;
  }
  const { fingerprint, ack, at } = answer;
  set.put(keys.answer(projectId, owner, key), { fingerprint, ack, at, kind, place } satisfies KeptAnswer);
  set.put(keys.givenAt(projectId, owner, kind, place), { key, at } satisfies Given);
  if (answer.n !== undefined) {
    talker.highest = Math.max(talker.highest, answer.n);
    talker.highestAt = at;
  }
  set.put(keys.talker(projectId, owner), talker);
}

function newTalker(due: number): Talker {
  return { highest: 0, highestAt: 0, numbered: 0, keyed: 0, nextPlace: 0, due };
}
