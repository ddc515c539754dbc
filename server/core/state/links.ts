import { ENDED_STATUSES, type Entity } from "../../../sdk/protocol/index.ts";
import { Fault } from "../fault.ts";
import { dropDangling, noteDangling } from "./dangling-links.ts";
import { idsIn, idsWithout } from "./derive.ts";
import type { Because, Draft } from "./draft.ts";
import { type Fields, ownFields } from "./fields.ts";
import type { Kind, Kinds } from "./kinds.ts";

/** The two collections of a link, each with the field that holds the other's ids. */
const SIDES = {
  tasks: { other: "sessions", field: "sessionIds", otherField: "taskIds" },
  sessions: { other: "tasks", field: "taskIds", otherField: "sessionIds" },
} as const;

/** As many links as an entity's schema allows. */
const MAX_LINKS = 1_000;

/** Changes that follow on other entities, by id: all of one entity's go into one write. */
type Follows = Map<string, (fields: Record<string, unknown>) => void>;

/**
 * What else must change when a task or session did: the other side of its links, and the claims of a session that
 * ended or was removed. `after` is absent for a removed entity.
 */
export function follow(
  draft: Draft,
  kinds: Kinds,
  collection: string,
  before: Entity | undefined,
  after?: Entity,
): void {
  if (collection !== "tasks" && collection !== "sessions") return;
  const id = (after ?? before)?.id;
  const side = SIDES[collection];
  const other = kinds.get(side.other);
  if (id === undefined || other === undefined) return;
  const follows: Follows = new Map();
  const was = idsIn(before, side.field);
  const is = idsIn(after, side.field);
  for (const gone of idsWithout(was, is)) {
    if (draft.entity(side.other, gone) === undefined)
      dropDangling(draft, { collection: side.other, id: gone }, id);
    else follows.set(gone, (fields) => unlink(fields, side.otherField, id));
  }
  for (const added of idsWithout(is, was)) {
    if (draft.entity(side.other, added) === undefined)
      noteDangling(draft, { collection: side.other, id: added }, id);
    else follows.set(added, (fields) => link(fields, side.otherField, id));
  }
  if (collection === "sessions" && hasEnded(before, after)) {
    for (const taskId of draft.view.claimsOf(id)) {
      const earlier = follows.get(taskId);
      follows.set(taskId, (fields) => {
        earlier?.(fields);
        if (fields["claimedBy"] === id) delete fields["claimedBy"];
      });
    }
  }
  apply(draft, other, follows);
}

/** Edits an entity and whatever follows from that. `undefined` when nothing changes. */
export function editWithLinks(
  draft: Draft,
  kinds: Kinds,
  kind: Kind,
  before: Entity,
  fields: Fields,
  because?: Because,
): Entity | undefined {
  const after = draft.edit(kind, before, fields, because);
  if (after !== undefined) follow(draft, kinds, kind.collection, before, after);
  return after;
}

function apply(draft: Draft, kind: Kind, follows: Follows): void {
  for (const [id, change] of follows) {
    const before = draft.entity(kind.collection, id);
    if (before === undefined) continue;
    const fields = ownFields(before);
    change(fields);
    draft.edit(kind, before, fields);
  }
}

function link(fields: Record<string, unknown>, field: "sessionIds" | "taskIds", id: string): void {
  const ids = listOf(fields, field);
  if (ids.includes(id)) return;
  if (ids.length >= MAX_LINKS) {
    throw new Fault("CONFLICT", `At most ${MAX_LINKS} links an entity`, { details: { limit: MAX_LINKS } });
  }
  fields[field] = [...ids, id];
}

function unlink(fields: Record<string, unknown>, field: "sessionIds" | "taskIds", id: string): void {
  fields[field] = listOf(fields, field).filter((other) => other !== id);
}

function listOf(fields: Fields, field: string): readonly string[] {
  const ids = fields[field];
  // Validated by the collection's schema when it was written.
  return Array.isArray(ids) ? (ids as readonly string[]) : [];
}

function hasEnded(before: Entity | undefined, after: Entity | undefined): boolean {
  if (after === undefined) return true;
  return isEnded(after) && (before === undefined || !isEnded(before));
}

/** Whether a session is completed, failed or stopped. */
export function isEnded(session: Entity): boolean {
  const ended: readonly unknown[] = ENDED_STATUSES;
  return ended.includes(session["status"]);
}
