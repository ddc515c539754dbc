import type { Project } from "../../sdk/protocol/index.ts";
import type { Store } from "../store/store.ts";
import { Fault } from "./fault.ts";
import type { Access, Caller, Handlers } from "./handler.ts";
import type { Limits } from "./limits.ts";
import type { Clock } from "./ports/clock.ts";
import { focusRoom, projectRoom, type Rooms, sessionRoom } from "./rooms.ts";

/** Projects one socket may join. */
const MAX_PROJECTS = 1_000;

export interface SubscriptionsDeps {
  readonly store: Store;
  readonly rooms: Rooms;
  readonly access: Access;
  readonly clock: Clock;
  readonly limits: Limits;
  /** A page came to a project: it is shown what a fresh page needs, once. */
  readonly onSubscribed: (caller: Caller, projectId: string) => void;
  readonly onUnsubscribed: (caller: Caller, projectId: string) => void;
}

type Events =
  | "project:list"
  | "project:subscribe"
  | "project:unsubscribe"
  | "subscribe"
  | "unsubscribe"
  | "session:subscribe"
  | "session:unsubscribe"
  | "ping";

interface Subscribed {
  readonly sessionIds: readonly string[];
  readonly denied: readonly string[];
}

/** Who hears which projects and sessions (protocol section 4). */
export function createSubscriptions(deps: SubscriptionsDeps) {
  const { store, rooms, access, clock, limits } = deps;

  /** Joins a project the caller may read. */
  function join(caller: Caller, projectId: string): void {
    enter(caller, projectRoom(projectId), "project:");
  }

  /** Hears the focus of a project the caller may read, and no more of it. @throws Fault `FORBIDDEN`, `CONFLICT` */
  function hearFocus(caller: Caller, projectId: string): void {
    access.require(caller.principal, "read", projectId);
    enter(caller, focusRoom(projectId), "focus:");
  }

  function enter(caller: Caller, name: string, kind: string): void {
    if (rooms.has(caller, name)) return;
    if (rooms.of(caller, kind).length >= MAX_PROJECTS) {
      throw new Fault("CONFLICT", `A socket joins at most ${MAX_PROJECTS} projects`, {
        details: { limit: MAX_PROJECTS },
      });
    }
    rooms.join(caller, name);
  }

  async function subscribe(caller: Caller, wanted: readonly string[]): Promise<Subscribed> {
    const sessionIds: string[] = [];
    const denied: string[] = [];
    let left = limits.roomsPerSocket - rooms.of(caller, "session:").length;
    for (const sessionId of new Set(wanted)) {
      const name = sessionRoom(sessionId);
      const isNew = !rooms.has(caller, name);
      // One that does not exist yet is accepted: who may hear it is judged when there is something to hear.
      const projectId = isNew && left > 0 ? await store.projectOfSession(sessionId) : undefined;
      const mayRead = projectId === undefined || access.allows(caller.principal, "read", projectId);
      if (isNew && (left <= 0 || !mayRead)) {
        denied.push(sessionId);
        continue;
      }
      if (isNew) left -= 1;
      rooms.join(caller, name);
      sessionIds.push(sessionId);
    }
    return { sessionIds, denied };
  }

  function leaveSessions(caller: Caller, names = rooms.of(caller, "session:")): void {
    for (const name of names) rooms.leave(caller, name);
  }

  const handlers: Handlers<Events> = {
    async "project:list"(caller) {
      const readable = (await store.projects()).filter(({ id }) =>
        access.allows(caller.principal, "read", id),
      );
      // Entities of `projects` passed their schema when they were written.
      return { projects: readable as readonly unknown[] as readonly Project[] };
    },
    "project:subscribe"(caller, { projectId }) {
      access.require(caller.principal, "read", projectId);
      join(caller, projectId);
      deps.onSubscribed(caller, projectId);
      return store.head(projectId);
    },
    "project:unsubscribe"(caller, { projectId }) {
      rooms.leave(caller, projectRoom(projectId));
      deps.onUnsubscribed(caller, projectId);
      return {};
    },
    async subscribe(caller, payload) {
      const subscribed = await subscribe(caller, payload.sessionIds);
      caller.peer.send("subscribed", { ...subscribed, timestamp: clock.now() });
      return subscribed;
    },
    unsubscribe(caller) {
      leaveSessions(caller);
      caller.peer.send("unsubscribed", { timestamp: clock.now() });
      return {};
    },
    "session:subscribe": (caller, sessionIds) => subscribe(caller, sessionIds),
    "session:unsubscribe"(caller, sessionIds) {
      leaveSessions(caller, sessionIds.map(sessionRoom));
      return {};
    },
    ping(caller) {
      caller.peer.send("pong", { timestamp: clock.now() });
      return {};
    },
  };

  return { handlers, join, hearFocus };
}
