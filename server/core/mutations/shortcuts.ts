import type { Entity, Mail, MutateAck, Session } from "../../../sdk/protocol/index.ts";
import { Fault } from "../fault.ts";
import type { Handlers } from "../handler.ts";
import { projectOf } from "../project-of.ts";
import type { Changes } from "../state/changes.ts";
import type { Draft } from "../state/draft.ts";
import { ownFields } from "../state/fields.ts";
import { builtIn, findSession } from "../state/find-session.ts";
import { editWithLinks } from "../state/links.ts";
import { modalsOf } from "../state/modals.ts";
import { create } from "../state/plan.ts";
import type { Mutations } from "./mutations.ts";

export interface ShortcutDeps {
  readonly changes: Changes;
  readonly shortcut: Mutations["shortcut"];
  readonly createId: () => string;
  /** Types into the terminal of a session, if it has one. */
  readonly type: (sessionId: string, input: string) => void;
}

type Events = "mail:send" | "session:reply-input" | "session:spawn" | "session:modal_action";

/** What people do most, by name: mail, an answer, a spawn, a choice in a modal (protocol section 6). */
export function createShortcuts({ changes, shortcut, createId, type }: ShortcutDeps) {
  const { kinds } = changes;
  const sessions = builtIn(kinds, "sessions");
  const mail = builtIn(kinds, "mail");

  function ackOf(draft: Draft, result: Entity): MutateAck {
    return { result, seq: draft.seq, epoch: draft.view.head.epoch };
  }

  const handlers: Handlers<Events> = {
    "mail:send"(caller, payload) {
      const { mutationId, projectId, ...body } = payload;
      const { id = createId(), ...fields } = body;
      const fromSessionId = `${caller.peer.namespace.slice(1)}:${caller.principal.userId}`;
      return shortcut(caller, {
        event: "mail:send",
        projectId: projectOf(caller, projectId),
        mutationId,
        body,
        decide(draft) {
          const made = create(draft, mail, id, { fromSessionId, ...fields }, { kinds }, (path) => path);
          // It has just passed the schema of mail.
          return { ...ackOf(draft, made), mail: made as unknown as Mail };
        },
      });
    },

    async "session:reply-input"(caller, payload) {
      const { mutationId, projectId, ...body } = payload;
      const { sessionId, input } = body;
      const answer = await shortcut<MutateAck & { session: Session; success: true }>(caller, {
        event: "session:reply-input",
        projectId: projectOf(caller, projectId),
        mutationId,
        body,
        decide(draft) {
          const session = findSession(draft, sessionId);
          const fields = ownFields(session);
          if (fields["needsInput"] !== undefined) fields["needsInput"] = { active: false };
          if (fields["status"] === "needs_input") fields["status"] = "working";
          const after = editWithLinks(draft, kinds, sessions, session, fields) ?? session;
          // It passed the schema of sessions, and so does every value set here.
          return { ...ackOf(draft, after), session: after as unknown as Session };
        },
      });
      // Typed once: a repetition of the same mutation finds its answer kept.
      if (answer.success && answer.replayed !== true && input !== undefined) type(sessionId, `${input}\r`);
      return answer;
    },

    "session:spawn"(caller, payload) {
      const { mutationId, projectId, id: chosen, ...body } = payload;
      const id = chosen ?? createId();
      return shortcut(caller, {
        event: "session:spawn",
        projectId: projectOf(caller, projectId),
        mutationId,
        body: { ...body, id: chosen },
        decide(draft) {
          const made = create(
            draft,
            sessions,
            id,
            { ...body, status: "spawning" },
            { kinds },
            (path) => path,
          );
          // As above.
          return { ...ackOf(draft, made), session: made as unknown as Session };
        },
      });
    },

    "session:modal_action"(caller, payload) {
      const { mutationId, projectId, ...body } = payload;
      const { sessionId, modalId } = body;
      return shortcut(caller, {
        event: "session:modal_action",
        projectId: projectOf(caller, projectId),
        mutationId,
        body,
        decide(draft) {
          const session = findSession(draft, sessionId);
          if (!modalsOf(session).some((modal) => modal.modalId === modalId)) {
            throw new Fault("NOT_FOUND", `session ${sessionId} has no modal ${modalId}`);
          }
          draft.emit("session:modal_action", body, sessionId);
          return ackOf(draft, session);
        },
      });
    },
  };
  return { handlers };
}
