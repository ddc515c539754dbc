import type { Store } from "../store/store.ts";
import type { Activity, Focus } from "./focus/focus.ts";
import { FOCUS_REGISTER } from "./focus/focus-register.ts";
import type { Caller } from "./handler.ts";
import type { Log } from "./ports/log.ts";
import { focusRoom, type Rooms } from "./rooms.ts";
import type { Changes } from "./state/changes.ts";
import { ownFields } from "./state/fields.ts";
import { builtIn } from "./state/find-session.ts";
import { editWithLinks } from "./state/links.ts";
import { create } from "./state/plan.ts";
import type { TerminalsDeps } from "./terminals/terminals.ts";

export interface TerminalWiringDeps {
  readonly store: Store;
  readonly changes: Changes;
  readonly rooms: Rooms;
  readonly activity: Activity;
  readonly focusOf: Focus["stateOf"];
  readonly log: Log;
}

type Wired =
  | "projectOfSession"
  | "createSession"
  | "focusedSessions"
  | "onRegistered"
  | "onActivity"
  | "onWatching";

/** What terminals ask of sessions and focus. */
export function wireTerminals(deps: TerminalWiringDeps): Required<Pick<TerminalsDeps, Wired>> {
  const { store, changes, rooms, activity, focusOf, log } = deps;
  const { kinds } = changes;
  const sessions = builtIn(kinds, "sessions");
  return {
    projectOfSession: (sessionId) => store.projectOfSession(sessionId),
    createSession: ({ sessionId, projectId, name }) =>
      changes.apply(projectId, (draft) => {
        if (draft.entity("sessions", sessionId) !== undefined) return;
        create(draft, sessions, sessionId, { name, status: "working" }, { kinds });
      }),
    async focusedSessions(projectId) {
      return focusOf(await store.register(projectId, FOCUS_REGISTER), projectId, "").focusedSessions;
    },
    onRegistered(sessionId, projectId) {
      changes
        .apply(projectId, (draft) => {
          const session = draft.entity("sessions", sessionId);
          if (session?.["status"] !== "spawning") return;
          editWithLinks(draft, kinds, sessions, session, { ...ownFields(session), status: "working" });
        })
        .catch((error: unknown) =>
          log.warn({ err: error, sessionId }, "a spawned session could not be marked"),
        );
    },
    onActivity: (sessionId) => activity.touch(sessionId),
    onWatching(caller: Caller, projectId, isWatching) {
      if (isWatching) rooms.join(caller, focusRoom(projectId));
      // Who named the project when it connected hears its focus as long as it is there.
      else if (caller.projectId !== projectId) rooms.leave(caller, focusRoom(projectId));
    },
  };
}
