import { z } from "zod";
import { focusSetSchema } from "../../../sdk/protocol/focus.ts";
import { idSchema } from "../../../sdk/protocol/index.ts";
import type { Store } from "../../store/store.ts";
import { badRequest, Fault } from "../fault.ts";
import type { Focus } from "../focus/focus.ts";
import type { Access, Caller } from "../handler.ts";
import { parseWith } from "../parse-with.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Peer } from "../ports/peer.ts";
import { projectOf } from "../project-of.ts";
import type { Route } from "../routes.ts";
import { createAwaitedSessions } from "./awaited-sessions.ts";
import { openSessionView, type SessionView, type SessionViewDeps } from "./session-view.ts";

export interface PlainDeps {
  readonly store: Pick<Store, "projectOfSession">;
  readonly access: Access;
  readonly clock: Clock;
  readonly log: Log;
  readonly focus: Pick<Focus, "get" | "set">;
  readonly terminals: SessionViewDeps["terminals"];
  /** The caller hears the focus of a project from now on. @throws Fault `FORBIDDEN`, `CONFLICT` */
  readonly hearFocus: (caller: Caller, projectId: string) => void;
  readonly channels: {
    listen(caller: Caller, channel: string): void;
    ignore(caller: Caller, channel: string): void;
  };
}

/** What a socket shows. */
export interface WatchedSession {
  readonly sessionId: string;
  /** Default: `auto` once the project has a focused session. */
  readonly priority?: "auto" | "live" | undefined;
  /** The session did not come in 7.71 s. */
  readonly missing: () => void;
}

const channelSchema = z.object({ channel: idSchema });
const heartbeatSchema = z.object({ sessionId: idSchema.optional() });
const unknownSchema = z.object({ fault: z.string() });
const focusSchema = focusSetSchema.omit({ projectId: true });

/**
 * What clients on a plain WebSocket ask for that no other client does (protocol section 10): things of a session whose
 * project they do not name, channels without a position, and a terminal of a session that is not there yet.
 */
export function createPlain(deps: PlainDeps) {
  const { store, access, clock, log, focus, channels } = deps;
  const views = new Map<Peer, SessionView>();
  /** What a socket has under way before it has a view; stops it. */
  const opening = new Map<Peer, () => void>();

  async function readableProject({ principal }: Caller, sessionId: string): Promise<string | undefined> {
    const projectId = await store.projectOfSession(sessionId);
    return projectId !== undefined && access.allows(principal, "read", projectId) ? projectId : undefined;
  }
  const awaited = createAwaitedSessions(clock, (caller, sessionId) => readableProject(caller, sessionId));

  const noSession = (sessionId: string): Fault => new Fault("NOT_FOUND", `There is no session ${sessionId}`);

  async function setFocus(caller: Caller, wanted: z.infer<typeof focusSchema>): Promise<object> {
    const projectId = await readableProject(caller, wanted.sessionId);
    if (projectId === undefined) throw noSession(wanted.sessionId);
    // The sender is one of those who hear what comes of it.
    deps.hearFocus(caller, projectId);
    await focus.set(caller.principal, projectId, wanted);
    return {};
  }

  async function sync(caller: Caller, { sessionId }: z.infer<typeof heartbeatSchema>): Promise<object> {
    const found = sessionId === undefined ? undefined : await readableProject(caller, sessionId);
    if (sessionId !== undefined && found === undefined && caller.projectId === undefined)
      throw noSession(sessionId);
    const state = await focus.get(caller.principal, projectOf(caller, found));
    const { focusedSessions, version } = state;
    caller.peer.send("sync_complete", { sessionId, focusedSessions, version, timestamp: clock.now() });
    return {};
  }

  async function show(
    caller: Caller,
    sessionId: string,
    projectId: string,
    priority: "auto" | "live" | undefined,
  ): Promise<void> {
    const { peer } = caller;
    let isStopped = false;
    opening.set(peer, () => {
      isStopped = true;
    });
    try {
      deps.hearFocus(caller, projectId);
      const state = await focus.get(caller.principal, projectId);
      if (!isStopped) views.set(peer, openSessionView(caller, sessionId, state, priority, deps));
    } catch (error) {
      log.warn({ err: error, sessionId }, "a session could not be shown");
      if (!isStopped) peer.close();
    } finally {
      opening.delete(peer);
    }
  }

  function route<S extends z.ZodType>(
    schema: S,
    handle: (caller: Caller, payload: z.infer<S>) => object | Promise<object>,
  ): Route {
    return {
      namespaces: ["/ws"],
      bucket: "other",
      parse: (payload) => parseWith(schema, payload),
      // `parse` of this route made it.
      handle: (caller, payload) => handle(caller, payload as z.infer<S>),
    };
  }

  return {
    routes: (): [string, Route][] => [
      ["plain:focus", route(focusSchema, setFocus)],
      ["plain:sync", route(heartbeatSchema, sync)],
      [
        "plain:unknown",
        route(unknownSchema, (_, { fault }) => {
          throw badRequest(fault, [{ path: [], message: fault }]);
        }),
      ],
      [
        "plain:subscribe",
        route(channelSchema, (caller, { channel }) => {
          channels.listen(caller, channel);
          caller.peer.send("subscribed", { channel, timestamp: clock.now() });
          return {};
        }),
      ],
      [
        "plain:unsubscribe",
        route(channelSchema, (caller, { channel }) => {
          channels.ignore(caller, channel);
          caller.peer.send("unsubscribed", { channel, timestamp: clock.now() });
          return {};
        }),
      ],
      [
        "plain:heartbeat",
        route(heartbeatSchema, (caller, { sessionId }) => {
          caller.peer.send("heartbeat", { sessionId, timestamp: clock.now() });
          return {};
        }),
      ],
    ],

    /** Shows a session to a socket, waiting for it, until the socket is detached. */
    watchSession(caller: Caller, { sessionId, priority, missing }: WatchedSession): void {
      const stop = awaited.until(caller, sessionId, (projectId) => {
        opening.delete(caller.peer);
        if (projectId === undefined) missing();
        else void show(caller, sessionId, projectId, priority);
      });
      opening.set(caller.peer, stop);
    },

    sessionCreated: awaited.created,

    focusChanged(projectId: string, focusedSessions: readonly string[]): void {
      for (const view of views.values()) if (view.projectId === projectId) view.focusChanged(focusedSessions);
    },

    detached(peer: Peer): void {
      opening.get(peer)?.();
      opening.delete(peer);
      views.get(peer)?.close();
      views.delete(peer);
    },
  };
}

export type Plain = ReturnType<typeof createPlain>;
