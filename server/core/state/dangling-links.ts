import { Fault } from "../fault.ts";
import type { Draft } from "./draft.ts";

/** Register that remembers links whose other side does not exist yet, so that it gets them when it is made. */
const REGISTER = "links";

/** More than these are refused: links to nothing are a mistake, not a way to store ids. */
const MAX_LINKS = 10_000;

/** By "collection id" of the missing side: the ids that link to it. */
type Dangling = Readonly<Record<string, readonly string[]>>;

function read(draft: Draft): Dangling {
  // Only this file writes the register.
  return (draft.register(REGISTER) as Dangling | undefined) ?? {};
}

function write(draft: Draft, key: string, ids: readonly string[]): void {
  const { [key]: _, ...others } = read(draft);
  const next = ids.length === 0 ? others : { ...others, [key]: ids };
  draft.setRegister(REGISTER, Object.keys(next).length === 0 ? undefined : next);
}

/** Remembers that `id` links to an entity that is not there. */
export function noteDangling(draft: Draft, missing: { collection: string; id: string }, id: string): void {
  const key = `${missing.collection} ${missing.id}`;
  const known = read(draft);
  const ids = known[key] ?? [];
  if (ids.includes(id)) return;
  const total = Object.values(known).reduce((sum, list) => sum + list.length, 0);
  if (total >= MAX_LINKS) {
    throw new Fault("CONFLICT", `A project holds at most ${MAX_LINKS} links to nothing`, {
      details: { limit: MAX_LINKS },
    });
  }
  write(draft, key, [...ids, id]);
}

/** Forgets such a link. */
export function dropDangling(draft: Draft, missing: { collection: string; id: string }, id: string): void {
  const key = `${missing.collection} ${missing.id}`;
  const ids = read(draft)[key];
  if (ids?.includes(id))
    write(
      draft,
      key,
      ids.filter((other) => other !== id),
    );
}

/** The ids that link to an entity about to be made; they are not dangling any more. */
export function takeDangling(draft: Draft, made: { collection: string; id: string }): readonly string[] {
  const key = `${made.collection} ${made.id}`;
  const ids = read(draft)[key] ?? [];
  if (ids.length > 0) write(draft, key, []);
  return ids;
}
