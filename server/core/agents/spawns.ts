import type { Entity, Session } from "../../../sdk/protocol/index.ts";
import { Fault } from "../fault.ts";
import type { Access, Caller } from "../handler.ts";
import type { Limits } from "../limits.ts";
import type { Clock } from "../ports/clock.ts";
import { projectOf } from "../project-of.ts";
import type { Changes } from "../state/changes.ts";
import type { Draft } from "../state/draft.ts";
import { findSession } from "../state/find-session.ts";
import { createDeadlines } from "./deadlines.ts";
import type { Entry, Ledger } from "./ledger.ts";

/** Register of a project: which agent took which session that is being spawned. */
const REGISTER = "spawns";

type Taken = Readonly<Record<string, string>>;

export interface SpawnsDeps {
  readonly changes: Changes;
  readonly access: Access;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Marks a session failed that is still spawning. */
  readonly fail: (projectId: string, sessionId: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

const RETRY_MS = 1_000;

/** Who runs a session that was asked for: exactly one spawner, which has a minute to bring its terminal. */
export function createSpawns({ changes, access, ledger, clock, limits, fail, onError }: SpawnsDeps) {
  const deadlines = createDeadlines(clock);

  async function giveUp(entry: Entry): Promise<void> {
    try {
      if (await ledger.strike(entry)) await fail(entry.projectId, entry.sessionId);
    } catch (error) {
      onError(error);
      watch(entry, RETRY_MS);
    }
  }

  function watch(entry: Entry, delayMs: number): void {
    deadlines.set(`${entry.projectId} ${entry.sessionId}`, delayMs, () => void giveUp(entry));
  }

  function taken(draft: Draft): Taken {
    // Only this file writes the register.
    const known = (draft.register(REGISTER) as Taken | undefined) ?? {};
    return Object.fromEntries(
      Object.entries(known).filter(([id]) => isSpawning(draft.entity("sessions", id))),
    );
  }

  return {
    /** @throws Fault `FORBIDDEN`, `NOT_FOUND`, `CONFLICT` for all but the first agent */
    async take(caller: Caller, sessionId: string): Promise<{ session: Session }> {
      const projectId = projectOf(caller, undefined);
      access.require(caller.principal, "mutate", projectId);
      const agent = caller.agentId ?? caller.clientId;
      const session = await changes.apply(projectId, (draft) => {
        const wanted = findSession(draft, sessionId);
        const known = taken(draft);
        if (!isSpawning(wanted))
          throw new Fault("CONFLICT", `session ${sessionId} is not waiting for an agent`);
        // The same agent may ask again: its answer may have been lost.
        if ((known[sessionId] ?? agent) !== agent)
          throw new Fault("CONFLICT", `session ${sessionId} is taken`);
        draft.setRegister(REGISTER, { ...known, [sessionId]: agent });
        return wanted;
      });
      const at = clock.now();
      await ledger.note("spawn", projectId, sessionId, at);
      watch({ kind: "spawn", projectId, sessionId, serverId: ledger.serverId, at }, limits.spawnMs);
      // It passed the schema of sessions when it was written.
      return { session: session as unknown as Session };
    },
    /** A server that watched a taken spawn is gone: what is left of its minute counts. */
    orphaned: (entry: Entry): void => watch(entry, entry.at + limits.spawnMs - clock.now()),
    dispose: deadlines.dispose,
  };
}

function isSpawning(session: Entity | undefined): boolean {
  return session?.["status"] === "spawning";
}
