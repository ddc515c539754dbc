import type { Entity, SessionReport } from "../../../sdk/protocol/index.ts";
import { badRequest } from "../fault.ts";
import type { Draft } from "../state/draft.ts";
import { type Fields, ownFields } from "../state/fields.ts";
import type { Kind, Kinds } from "../state/kinds.ts";
import { editWithLinks } from "../state/links.ts";
import { type Modal, modalsOf } from "../state/modals.ts";
import { validate } from "../state/validate.ts";

/**
 * Carries out what an agent reports of its session (protocol section 13).
 * @throws Fault `BAD_REQUEST`
 */
export function report(draft: Draft, kinds: Kinds, kind: Kind, session: Entity, said: SessionReport): void {
  const edit = (changes: Fields, reason?: string): Entity | undefined => {
    const fields = validate(kind, { ...ownFields(session), ...changes }, (path) => path);
    return editWithLinks(draft, kinds, kind, session, fields, reason === undefined ? {} : { reason });
  };
  const sessionId = session.id;
  const { type, message, ...rest } = said;
  const told = message === undefined ? {} : { message };

  switch (type) {
    case "needs_input": {
      const asked = edit({ status: "needs_input", needsInput: { active: true, ...told, since: draft.now } });
      // Asked twice within one millisecond: still two questions.
      if (asked === undefined) draft.emit("notify:needs_input", { sessionId, ...told }, sessionId);
      return;
    }
    case "completed":
    case "failed": {
      const reason = typeof rest["reason"] === "string" ? rest["reason"] : message;
      const waiting = session["needsInput"] === undefined ? {} : { needsInput: { active: false } };
      edit({ status: type, ...waiting }, reason);
      return;
    }
    case "modal": {
      const modalId = modalIdOf(said);
      const modal: Modal = { ...rest, ...told, modalId };
      const modals = modalsOf(session);
      const isOpen = modals.some((open) => open.modalId === modalId);
      const dropped = isOpen
        ? []
        : modals.slice(0, Math.max(0, modals.length + 1 - draft.limits.modalsPerSession));
      const kept = modals.slice(dropped.length);
      edit({
        modals: isOpen ? kept.map((open) => (open.modalId === modalId ? modal : open)) : [...kept, modal],
      });
      for (const { modalId: closed } of dropped) closeModal(draft, sessionId, closed);
      draft.emit("session:modal", { ...modal, sessionId }, sessionId);
      return;
    }
    case "modal_closed": {
      const modalId = modalIdOf(said);
      const modals = modalsOf(session);
      const open = modals.filter((modal) => modal.modalId !== modalId);
      if (open.length === modals.length) return;
      edit({ modals: open });
      closeModal(draft, sessionId, modalId);
      return;
    }
    default:
      draft.emit(
        "notify:progress",
        { sessionId, message: message ?? (type === "progress" ? "" : type) },
        sessionId,
      );
  }
}

function closeModal(draft: Draft, sessionId: string, modalId: string): void {
  draft.emit("session:modal_closed", { sessionId, modalId }, sessionId);
}

function modalIdOf({ modalId }: SessionReport): string {
  if (modalId !== undefined) return modalId;
  throw badRequest("modalId: a modal has an id", [{ path: ["modalId"], message: "a modal has an id" }]);
}
