import type { Entity } from "../../../sdk/protocol/index.ts";
import type { Retention, View } from "../store.ts";
import { keptAnswer, keptHighest } from "./answers.ts";
import type { Reader } from "./database.ts";
import { countOf, type Head, positionOf, readHead } from "./head.ts";
import { keys } from "./keys.ts";

/** A view over one write transaction. What it read stays read, so an entity is parsed once a decision. */
export function createView(
  reader: Reader,
  projectId: string,
  head: Head,
  retention: Retention,
  now: () => number,
): View {
  const { life } = head;
  const position = positionOf(head);
  const read = new Map<string, Entity | undefined>();

  function entity(collection: string, id: string): Entity | undefined {
    const name = `${collection}/${id}`;
    if (!read.has(name)) read.set(name, reader.get<Entity>(keys.entity(life, collection, id)));
    return read.get(name);
  }

  return {
    projectId,
    head: position,
    entity,
    count: (collection) => (collection === undefined ? head.total : countOf(head, collection)),
    oldest(collection) {
      for (const { key } of reader.range<unknown>(keys.ages(life, collection), { limit: 1 })) {
        return entity(collection, String(key.at(-1)));
      }
      return undefined;
    },
    claimsOf: (sessionId) =>
      Array.from(reader.range<unknown>(keys.claims(life, sessionId)), ({ key }) => String(key.at(-1))),
    projectOfSession: (sessionId) => projectOfSession(reader, sessionId),
    answer: (owner, key) => keptAnswer(reader, projectId, owner, key, retention, now()),
    highest: (owner) => keptHighest(reader, projectId, owner, retention, now()),
    register: (name) => reader.get(keys.register(life, name)),
  };
}

/** Where a session was last put. */
export interface SessionPlace {
  readonly projectId: string;
  readonly life: number;
}

/** A project that started anew has no sessions of its life before, though their records wait to be removed. */
export function projectOfSession(reader: Reader, sessionId: string): string | undefined {
  const place = reader.get<SessionPlace>(keys.session(sessionId));
  if (place === undefined) return undefined;
  return readHead(reader, place.projectId)?.life === place.life ? place.projectId : undefined;
}
