import type { FocusState } from "../../sdk/protocol/index.ts";
import type { Commit } from "../store/store.ts";
import type { Bootstrap } from "./bootstrap/bootstrap.ts";
import type { Activity } from "./focus/focus.ts";
import type { Plain } from "./plain/plain.ts";
import type { Terminals } from "./terminals/terminals.ts";

export interface CommitsDeps {
  readonly terminals: Pick<Terminals, "focusChanged" | "sessionRemoved" | "projectRemoved">;
  readonly activity: Activity;
  readonly bootstrap: Pick<Bootstrap, "forget">;
  readonly plain: Pick<Plain, "focusChanged" | "sessionCreated">;
  readonly focusedNow: (projectId: string) => Promise<readonly string[]>;
  readonly onError: (error: unknown) => void;
}

/** What a commit, of whichever server, means to the services that keep something beside the store. */
export function followCommits({ terminals, activity, bootstrap, plain, focusedNow, onError }: CommitsDeps) {
  async function focusAfter(projectId: string): Promise<void> {
    try {
      const focused = await focusedNow(projectId);
      terminals.focusChanged(projectId, focused);
      plain.focusChanged(projectId, focused);
    } catch (error) {
      // The next change of focus puts it right.
      onError(error);
    }
  }

  return function follow({ projectId, events, notices, reset, isKept }: Commit): void {
    for (const { event, payload } of notices) {
      // Only the focus service writes such notices.
      if (event !== "focus_update") continue;
      const { focusedSessions } = payload as FocusState;
      terminals.focusChanged(projectId, focusedSessions);
      plain.focusChanged(projectId, focusedSessions);
    }
    for (const { envelope } of events) {
      if (envelope.event === "session:created" && envelope.sessionId !== undefined)
        plain.sessionCreated(envelope.sessionId);
      if (envelope.event === "project:deleted") terminals.projectRemoved(projectId);
      if (envelope.event !== "session:deleted" || envelope.sessionId === undefined) continue;
      terminals.sessionRemoved(envelope.sessionId);
      activity.forget(envelope.sessionId);
    }
    if (reset === undefined) return;
    if (isKept === true) {
      // Focus may have changed unheard; what it is now says the store.
      void focusAfter(projectId);
      return;
    }
    terminals.focusChanged(projectId, []);
    plain.focusChanged(projectId, []);
    bootstrap.forget(projectId);
  };
}
