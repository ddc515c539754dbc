import type { Commit, Store } from "../store/store.ts";
import { createHeldKeys } from "./held-keys.ts";
import type { ChannelLog } from "./ports/channel-log.ts";
import type { Clock } from "./ports/clock.ts";
import type { Peer, PeerNamespace } from "./ports/peer.ts";
import type { RoomWatch } from "./rooms.ts";

export interface HearingDeps {
  readonly store: Pick<Store, "follow" | "projectOfSession">;
  readonly channelLog: () => Pick<ChannelLog, "follow">;
  readonly clock: Clock;
}

/** Longer than a client takes to come back; shorter than it matters what it costs to listen. */
const LINGER_MS = 10_000;
/** A session whose project could not be asked for is asked for again after this long. */
const RETRY_MS = 1_000;
/** Who hears of any project it may read without having joined it, or waits for a session of any. */
const WIDE: readonly PeerNamespace[] = ["/ui", "/ws"];

/**
 * Says to a store and a channel log that are shared with other servers what somebody here hears: from the first socket
 * of a project on, and until the last has gone. What nobody here hears costs this server nothing.
 */
export interface Hearing extends RoomWatch {
  attached(peer: Peer): void;
  detached(peer: Peer): void;
  committed(commit: Commit): void;
  dispose(): void;
}

export function createHearing({ store, channelLog, clock }: HearingDeps): Hearing {
  const held = createHeldKeys(clock, LINGER_MS);
  /** By session with a room: its project, once that is known. */
  const sessions = new Map<string, string | undefined>();
  let isDisposed = false;
  // From here on it is said what is heard; until it is, a store takes it that everything is.
  store.follow?.()();

  const begun = (stop: (() => void) | undefined): (() => void) => stop ?? (() => undefined);
  const holdAll = (): void => held.hold("all", () => begun(store.follow?.()));
  const holdProject = (projectId: string): void =>
    held.hold(`project ${projectId}`, () => begun(store.follow?.(projectId)));
  const releaseProject = (projectId: string): void => held.release(`project ${projectId}`);

  async function place(sessionId: string): Promise<void> {
    try {
      const projectId = await store.projectOfSession(sessionId);
      if (projectId !== undefined) placed(sessionId, projectId);
    } catch {
      clock.schedule(RETRY_MS, () => {
        if (isAwaited(sessionId)) void place(sessionId);
      });
    }
  }

  const isAwaited = (sessionId: string): boolean =>
    !isDisposed && sessions.has(sessionId) && sessions.get(sessionId) === undefined;

  function placed(sessionId: string, projectId: string): void {
    if (!isAwaited(sessionId)) return;
    sessions.set(sessionId, projectId);
    holdProject(projectId);
    held.release("all");
  }

  /** A session that is not there yet is heard of when it is made, wherever that is. */
  function awaitSession(sessionId: string): void {
    sessions.set(sessionId, undefined);
    holdAll();
    void place(sessionId);
  }

  function forgetSession(sessionId: string): void {
    const projectId = sessions.get(sessionId);
    if (!sessions.delete(sessionId)) return;
    if (projectId === undefined) held.release("all");
    else releaseProject(projectId);
  }

  /** The kind of a room, and what its name says beside it. */
  function parsed(name: string): readonly [kind: string, rest: string] {
    const colon = name.indexOf(":");
    return [name.slice(0, colon), name.slice(colon + 1)];
  }

  return {
    opened(name) {
      const [kind, rest] = parsed(name);
      if (kind === "session") awaitSession(rest);
      else if (kind === "channel") held.hold(name, () => begun(followChannel(channelLog(), rest)));
      else holdProject(rest);
    },
    emptied(name) {
      const [kind, rest] = parsed(name);
      if (kind === "session") forgetSession(rest);
      else if (kind === "channel") held.release(name);
      else releaseProject(rest);
    },
    attached({ namespace }) {
      if (WIDE.includes(namespace)) holdAll();
    },
    detached({ namespace }) {
      if (WIDE.includes(namespace)) held.release("all");
    },
    committed({ projectId, events }) {
      if (sessions.size === 0) return;
      for (const { envelope } of events) {
        const { event, sessionId } = envelope;
        if (sessionId === undefined || !sessions.has(sessionId)) continue;
        if (event === "session:created") placed(sessionId, projectId);
        else if (event === "session:deleted") {
          forgetSession(sessionId);
          awaitSession(sessionId);
        }
      }
    },
    dispose() {
      isDisposed = true;
      held.dispose();
    },
  };
}

/** Rooms of channels are named `project/channel`, with `*` for every project. */
function followChannel(log: Pick<ChannelLog, "follow">, room: string): (() => void) | undefined {
  const slash = room.indexOf("/");
  const projectId = room.slice(0, slash);
  return log.follow?.(projectId === "*" ? undefined : projectId, room.slice(slash + 1));
}

/** Whether anything is shared with other servers, and must be told what is heard here. */
export function isShared(store: Pick<Store, "follow">, { channelLog }: { channelLog?: ChannelLog }): boolean {
  return store.follow !== undefined || channelLog?.follow !== undefined;
}

/** For a store of this process alone, which tells everything. */
export const HEARS_ALL: Hearing = {
  opened: () => undefined,
  emptied: () => undefined,
  attached: () => undefined,
  detached: () => undefined,
  committed: () => undefined,
  dispose: () => undefined,
};
