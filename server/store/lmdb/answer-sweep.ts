import type { Retention } from "../store.ts";
import type { Given, Talker } from "./answers.ts";
import type { Database } from "./database.ts";
import { type AnswerKind, keys } from "./keys.ts";
import { createWriteSet, type WriteSet } from "./write-set.ts";

/** Owners looked after by one call, and answers dropped of each; together a few milliseconds at most. */
const OWNERS_AT_ONCE = 8;
const ANSWERS_AT_ONCE = 64;

/**
 * Drops what expired of owners whose time in the calendar has come, and forgets those of whom nothing is left.
 * An owner stands there once, at the time of its oldest answer, and is put further on when that time comes:
 * giving an answer costs nothing here. Within a write transaction.
 */
export function sweepAnswers(db: Database, retention: Retention, now: number): void {
  const set = createWriteSet();
  const due = [...db.range<unknown>(keys.dues(), { through: [...keys.dues(), now], limit: OWNERS_AT_ONCE })];
  for (const { key } of due) {
    const [, , , projectId, owner] = key;
    if (typeof projectId !== "string" || typeof owner !== "string") continue;
    set.remove(key);
    const talker = db.get<Talker>(keys.talker(projectId, owner));
    if (talker !== undefined) sweepOwner(db, set, projectId, owner, talker, retention, now);
  }
  set.apply(db);
}

function sweepOwner(
  db: Database,
  set: WriteSet,
  projectId: string,
  owner: string,
  talker: Talker,
  retention: Retention,
  now: number,
): void {
  const next = Math.min(
    dropExpired(db, set, projectId, owner, "numbered", talker, retention, now),
    dropExpired(db, set, projectId, owner, "keyed", talker, retention, now),
  );
  const highestUntil = talker.highestAt + retention.highestKeptMs;
  if (next === Number.POSITIVE_INFINITY && highestUntil <= now) {
    set.remove(keys.talker(projectId, owner));
    return;
  }
  talker.due = Math.min(next, Math.max(highestUntil, now + 1));
  set.put(keys.talker(projectId, owner), talker);
  set.put(keys.due(talker.due, projectId, owner), 0);
}

/** Returns when the oldest answer left expires; infinity when none is left. */
function dropExpired(
  db: Database,
  set: WriteSet,
  projectId: string,
  owner: string,
  kind: AnswerKind,
  talker: Talker,
  retention: Retention,
  now: number,
): number {
  let dropped = 0;
  for (const { key, value } of db.range<Given>(keys.given(projectId, owner, kind), {
    limit: ANSWERS_AT_ONCE,
  })) {
    const until = value.at + retention.mutationsKeptMs;
    if (until > now) return until;
    set.remove(key);
    set.remove(keys.answer(projectId, owner, value.key));
    talker[kind] -= 1;
    dropped += 1;
  }
  return dropped === ANSWERS_AT_ONCE ? now : Number.POSITIVE_INFINITY;
}
