import type { Principal } from "../../../server/core/ports/principal.ts";
import type { ChannelData, ChannelPublishAck } from "../../protocol/channels.ts";
import type { Collections } from "../../protocol/collection.ts";
import type { FocusState } from "../../protocol/focus.ts";
import type { CollectionName, EntityChanges, EntityIn, NewEntity, ProjectState } from "../entity-values.ts";
import type { ReferenceServer } from "../reference-server.ts";
import { wireClone } from "../wire-clone.ts";
import type { MockTerminal } from "./mock-terminal.ts";

/** Another user of a project: what it does reaches the application as any other client's doing would. */
export interface MockProject<C extends Collections = Collections> {
  /** @throws Error that says which rule of the server it breaks */
  create<N extends CollectionName<C>>(collection: N, value: NewEntity<C, N>): EntityIn<C, N>;
  /** Merges the changed fields; `null` removes one. @throws Error as `create` */
  update<N extends CollectionName<C>>(
    collection: N,
    id: string,
    changes: EntityChanges<C, N>,
  ): EntityIn<C, N>;
  /** @throws Error as `create` */
  remove(collection: CollectionName<C>, id: string): void;
  publish<N extends string>(
    channel: N,
    data: N extends keyof ChannelData ? ChannelData[N] : unknown,
  ): Promise<ChannelPublishAck>;
  /** @param focused default: yes */
  focus(sessionId: string, focused?: boolean): Promise<FocusState>;
  /** The terminal of a session; it is there from this call on. */
  terminal(sessionId: string): MockTerminal;
  /** Keeps what a fresh page is to be told, and tells who is connected. */
  bootstrap(slot: string, payload: unknown): void;
  /** Everything the server holds of the project now. */
  state(): ProjectState<C>;
}

export interface MockProjectDeps {
  readonly server: ReferenceServer;
  readonly projectId: string;
  readonly declared: readonly string[];
  readonly createId: () => string;
  terminal(sessionId: string): MockTerminal;
}

const BUILT_IN = ["sessions", "tasks", "teamMembers", "mail"];

export function createMockProject<C extends Collections>(deps: MockProjectDeps): MockProject<C> {
  const { server, projectId } = deps;
  const fields = (value: object): Record<string, unknown> => ({ ...value });
  const everything: Principal = { userId: "mock", local: true, readsAll: true, roleIn: () => "editor" };

  return {
    create(collection, value) {
      const wanted = fields(value);
      const { id = collection === "projects" ? projectId : deps.createId() } = wanted;
      // The server's schema has judged it; types of collections are the caller's own.
      return wireClone(
        server.change(projectId, { op: "create", collection, id: id as string, value: wanted }),
      ) as never;
    },
    update: (collection, id, changes) =>
      // As above.
      wireClone(server.change(projectId, { op: "merge", collection, id, value: fields(changes) })) as never,
    remove: (collection, id) => void server.change(projectId, { op: "remove", collection, id }),
    publish: (channel, data) => server.hub.channels.publish(undefined, projectId, channel, data),
    focus: (sessionId, focused = true) => server.hub.focus.set(everything, projectId, { sessionId, focused }),
    terminal: deps.terminal,
    bootstrap: (slot, payload) => server.hub.bootstrap.set(projectId, slot, payload),
    state() {
      const { store } = server;
      const [project = null] = store.entities(projectId, "projects");
      const lists = [...BUILT_IN, ...deps.declared].map((name) => [name, store.entities(projectId, name)]);
      // One list for each collection there is; a copy, since the store's own must not be changed.
      return wireClone({ project, ...Object.fromEntries(lists) }) as ProjectState<C>;
    },
  };
}
