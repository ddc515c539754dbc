import type { Caller } from "../handler.ts";
import type { Limits } from "../limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { DetachReason } from "../ports/peer.ts";
import { createDeadlines } from "./deadlines.ts";
import type { Entry, Ledger } from "./ledger.ts";

export interface LostAgentsDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Marks a session failed, unless it has ended. */
  readonly fail: (projectId: string, sessionId: string, reason: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Whether a server looks after its own agents. */
  readonly isAlive: (serverId: string) => boolean;
}

/** Only these ways of going make an agent lost; whoever says goodbye is not. */
const LOST: readonly DetachReason[] = ["transport close", "transport error", "ping timeout"];

/** A failed attempt to mark a session is repeated after this long. */
const RETRY_MS = 1_000;

/**
 * Agents and whether they come back in time.
 *
 *   absent ──attach──▶ present ──lost──▶ awaited ──attach──▶ present
 *                        └─goodbye─▶ absent  └──30 s, nowhere back──▶ failed
 */
export function createLostAgents({ ledger, clock, limits, fail, onError, isAlive }: LostAgentsDeps) {
  const present = new Map<string, Set<Caller>>();
  const deadlines = createDeadlines(clock);
  const notes = createDeadlines(clock);
  const keyOf = (projectId: string, sessionId: string): string => `${projectId} ${sessionId}`;

  async function giveUp(entry: Entry): Promise<void> {
    const { projectId, sessionId } = entry;
    if (present.has(keyOf(projectId, sessionId))) return;
    // It was silent, not gone, and has its agents still.
    if (entry.serverId !== ledger.serverId && isAlive(entry.serverId)) return;
    try {
      // Another server has it when the agent came back there.
      if (await ledger.strike(entry)) await fail(projectId, sessionId, "agent_disconnected");
    } catch (error) {
      onError(error);
      awaited(entry, RETRY_MS);
    }
  }

  /** An agent may have been lost by one server after another: each loss has its own time. */
  const lossOf = ({ projectId, sessionId, serverId }: Entry): string =>
    `${keyOf(projectId, sessionId)} ${serverId}`;

  function awaited(entry: Entry, delayMs: number): void {
    deadlines.set(lossOf(entry), delayMs, () => void giveUp(entry));
  }

  /** What was not noted would not be missed if this server died. */
  async function note(key: string, projectId: string, sessionId: string): Promise<void> {
    try {
      await ledger.note("agent", projectId, sessionId, clock.now());
    } catch (error) {
      if (present.has(key)) notes.set(key, RETRY_MS, () => void note(key, projectId, sessionId));
      else onError(error);
    }
  }

  /** It said goodbye: an entry that stayed would make it lost when this server goes. */
  function forget(entry: Entry): void {
    ledger.strike(entry).catch((error: unknown) => {
      onError(error);
      deadlines.set(lossOf(entry), RETRY_MS, () => forget(entry));
    });
  }

  const entryOf = (projectId: string, sessionId: string): Entry => ({
    kind: "agent",
    projectId,
    sessionId,
    serverId: ledger.serverId,
    at: clock.now(),
  });

  return {
    attached(caller: Caller, projectId: string, sessionId: string): void {
      const key = keyOf(projectId, sessionId);
      deadlines.cancel(lossOf(entryOf(projectId, sessionId)));
      const sockets = present.get(key);
      if (sockets !== undefined) return void sockets.add(caller);
      present.set(key, new Set([caller]));
      void note(key, projectId, sessionId);
    },
    detached(caller: Caller, projectId: string, sessionId: string, reason: DetachReason): void {
      const key = keyOf(projectId, sessionId);
      const sockets = present.get(key);
      sockets?.delete(caller);
      if (sockets === undefined || sockets.size > 0) return;
      present.delete(key);
      const entry = entryOf(projectId, sessionId);
      if (LOST.includes(reason)) awaited(entry, limits.agentGraceMs);
      else forget(entry);
    },
    /** The server that had this agent is gone. */
    orphaned(entry: Entry): void {
      const isKnown = present.has(keyOf(entry.projectId, entry.sessionId)) || deadlines.has(lossOf(entry));
      if (!isKnown) awaited(entry, limits.agentGraceMs);
    },
    dispose(): void {
      deadlines.dispose();
      notes.dispose();
    },
  };
}
