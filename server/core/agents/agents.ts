import { type Store, StoreUnavailable } from "../../store/store.ts";
import type { Attachment } from "../attachment.ts";
import { Fault } from "../fault.ts";
import type { Access, Caller, Handlers } from "../handler.ts";
import type { Limits } from "../limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Members } from "../ports/members.ts";
import type { DetachReason } from "../ports/peer.ts";
import { projectOf } from "../project-of.ts";
import type { Changes } from "../state/changes.ts";
import type { Draft } from "../state/draft.ts";
import { ownFields } from "../state/fields.ts";
import { builtIn, findSession } from "../state/find-session.ts";
import { editWithLinks, isEnded } from "../state/links.ts";
import { createLedger } from "./ledger.ts";
import { createLostAgents } from "./lost-agents.ts";
import { report } from "./report.ts";
import { createSpawns } from "./spawns.ts";

export interface AgentsDeps {
  readonly store: Store;
  readonly changes: Changes;
  readonly access: Access;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Limits;
  readonly serverId: string;
  readonly members: Members;
}

/** Heartbeats are remembered for this many sessions; the quietest is forgotten. */
const MAX_HEARTBEATS = 10_000;
/** The store may be out of reach when another server dies. */
const ADOPT_RETRY_MS = 2_000;

/** Agents on `/cli`: their heartbeats and reports, their grace, and what they spawn (protocol section 13). */
export function createAgents(deps: AgentsDeps) {
  const { store, changes, access, clock, log, limits, serverId, members } = deps;
  const { kinds } = changes;
  const sessions = builtIn(kinds, "sessions");
  const heartbeats = new Map<string, number>();
  // Out of reach is the store's to report, once; it is tried again until it is there.
  const onError = (error: unknown): void =>
    log[error instanceof StoreUnavailable ? "info" : "error"](
      { err: error },
      "an agent could not be looked after",
    );
  const ledger = createLedger(store, serverId);
  let isClosed = false;

  /** A session whose agent will not bring it to an end any more. */
  const failed = (projectId: string, sessionId: string, reason: string, may: (status: unknown) => boolean) =>
    changes.apply(projectId, (draft) => {
      const session = draft.entity("sessions", sessionId);
      if (session === undefined || isEnded(session) || !may(session["status"])) return;
      editWithLinks(draft, kinds, sessions, session, { ...ownFields(session), status: "failed" }, { reason });
    });

  const lost = createLostAgents({
    ...{ ledger, clock, limits, onError, isAlive: members.isAlive },
    fail: (projectId, sessionId, reason) => failed(projectId, sessionId, reason, () => true),
  });
  const spawns = createSpawns({
    ...{ changes, access, ledger, clock, limits, onError },
    fail: (projectId, sessionId) =>
      failed(projectId, sessionId, "spawn_timeout", (status) => status === "spawning"),
  });

  /** @throws Fault `FORBIDDEN`, `NOT_FOUND` for an agent that has no session */
  function ownSession(caller: Caller): { projectId: string; sessionId: string } {
    const projectId = projectOf(caller, undefined);
    access.require(caller.principal, "mutate", projectId);
    const { sessionId } = caller;
    if (sessionId === undefined) throw new Fault("NOT_FOUND", "This agent has no session");
    return { projectId, sessionId };
  }

  function beat(sessionId: string): void {
    heartbeats.delete(sessionId);
    heartbeats.set(sessionId, clock.now());
    if (heartbeats.size <= MAX_HEARTBEATS) return;
    const [quietest] = heartbeats.keys();
    if (quietest !== undefined) heartbeats.delete(quietest);
  }

  const handlers: Handlers<"heartbeat" | "session:report" | "session:take"> = {
    async heartbeat(caller, { status, taskId }) {
      // A spawner's heartbeat is about no session.
      if (caller.sessionId === undefined) return { serverTime: clock.now() };
      const { projectId, sessionId } = ownSession(caller);
      const known = await store.entity(projectId, "sessions", sessionId);
      if (known === undefined) throw new Fault("NOT_FOUND", `There is no session ${sessionId}`);
      beat(sessionId);
      const wanted = taskId === undefined ? known["taskId"] : (taskId ?? undefined);
      if (known["agentStatus"] !== status || known["taskId"] !== wanted) {
        await changes.apply(projectId, (draft) => {
          const session = findSession(draft, sessionId);
          const { taskId: before, ...fields } = ownFields(session);
          const next = taskId === undefined ? before : (taskId ?? undefined);
          const task = next === undefined ? {} : { taskId: next };
          editWithLinks(draft, kinds, sessions, session, { ...fields, agentStatus: status, ...task });
        });
      }
      return { serverTime: clock.now() };
    },
    async "session:report"(caller, payload) {
      const { projectId, sessionId } = ownSession(caller);
      await changes.apply(projectId, (draft: Draft) =>
        report(draft, kinds, sessions, findSession(draft, sessionId), payload),
      );
      return {};
    },
    "session:take": (caller, { sessionId }) => spawns.take(caller, sessionId),
  };

  /** Looks after the agents and spawns of servers that are gone. */
  async function adopt(): Promise<void> {
    for (const entry of await ledger.entries()) {
      if (isClosed) return;
      if (entry.serverId === serverId || members.isAlive(entry.serverId)) continue;
      if (entry.kind === "agent") lost.orphaned(entry);
      else spawns.orphaned(entry);
    }
  }
  function adoptSoon(): void {
    adopt().catch((error: unknown) => {
      onError(error);
      if (!isClosed) clock.schedule(ADOPT_RETRY_MS, adoptSoon);
    });
  }
  const stopMembers = members.onGone(adoptSoon);

  const asAgent = (attachment: Attachment, tell: (projectId: string, sessionId: string) => void): void => {
    const { peer, projectId, sessionId } = attachment;
    if (peer.namespace === "/cli" && projectId !== undefined && sessionId !== undefined)
      tell(projectId, sessionId);
  };

  return {
    handlers,
    attached: (attachment: Attachment): void =>
      asAgent(attachment, (projectId, sessionId) => lost.attached(attachment, projectId, sessionId)),
    detached(attachment: Attachment, reason: DetachReason): void {
      if (isClosed) return;
      asAgent(attachment, (projectId, sessionId) => lost.detached(attachment, projectId, sessionId, reason));
    },
    /** Epoch milliseconds of an agent's last sign of life on this server: presence, not state. */
    lastHeartbeat: (sessionId: string): number | undefined => heartbeats.get(sessionId),
    adopt,
    /** A server that is shut down marks nothing: its agents say hello to the next one. */
    async close(): Promise<void> {
      isClosed = true;
      stopMembers();
      lost.dispose();
      spawns.dispose();
      await ledger.strikeOwn("agent").catch(onError);
    },
  };
}
