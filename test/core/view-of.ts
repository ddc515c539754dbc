import type { Entity } from "../../sdk/protocol/index.ts";
import type { Answer, View } from "../../server/store/store.ts";

export interface ViewOptions {
  readonly projectId?: string;
  readonly seq?: number;
  readonly entities?: Readonly<Record<string, readonly Entity[]>>;
  readonly registers?: Readonly<Record<string, unknown>>;
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly highest?: number;
}

/** A view of a project written down by hand. */
export function viewOf(options: ViewOptions = {}): View {
  const { projectId = "p1", seq = 10, entities = {}, registers = {}, answers = {}, highest = 0 } = options;
  const find = (collection: string, id: string) => entities[collection]?.find((entity) => entity.id === id);
  return {
    projectId,
    head: { epoch: "e1", seq },
    entity: find,
    count: (collection) =>
      collection === undefined
        ? Object.values(entities).reduce((sum, list) => sum + list.length, 0)
        : (entities[collection]?.length ?? 0),
    oldest: (collection) => [...(entities[collection] ?? [])].sort((a, b) => a.createdAt - b.createdAt)[0],
    claimsOf: (sessionId) =>
      (entities["tasks"] ?? []).filter((task) => task["claimedBy"] === sessionId).map(({ id }) => id),
    projectOfSession: (sessionId) => (find("sessions", sessionId) === undefined ? undefined : projectId),
    answer: (owner, key) => answers[`${owner} ${key}`],
    highest: () => highest,
    register: (name) => registers[name],
  };
}

export const stamp = { version: 3, seq: 5, createdAt: 100, updatedAt: 200 };

export function aTask(fields: object = {}): Entity {
  return { id: "t1", projectId: "p1", title: "one", status: "todo", sessionIds: [], ...fields, ...stamp };
}

export function aSession(fields: object = {}): Entity {
  return { id: "s1", projectId: "p1", name: "one", status: "working", taskIds: [], ...fields, ...stamp };
}
