import type { Entity } from "../../../sdk/protocol/index.ts";

/** An event that follows from a change, after the event of the change itself. */
export interface Derived {
  readonly event: string;
  readonly data: unknown;
  readonly sessionId?: string;
}

/**
 * What a change of one entity is also called (protocol sections 5 and 16): links, notifications, archiving.
 * `before` is absent for a new entity: that one notifies nothing, whatever its status.
 * @param reason why a session failed, when the server knows
 */
export function derive(
  collection: string,
  before: Entity | undefined,
  after: Entity,
  reason?: string,
): readonly Derived[] {
  if (collection === "tasks") return [...taskLinks(before, after), ...taskNotices(before, after)];
  if (collection === "sessions")
    return [...sessionLinks(before, after), ...sessionNotices(before, after, reason)];
  if (collection === "teamMembers" && became(before, after, "archived")) {
    return [{ event: "team_member:archived", data: after }];
  }
  return NONE;
}

const NONE: readonly Derived[] = [];

/** The ids a list field holds. */
export function idsIn(entity: Entity | undefined, field: "sessionIds" | "taskIds"): readonly string[] {
  const ids = entity?.[field];
  // Validated by the collection's schema when it was written.
  return Array.isArray(ids) ? (ids as readonly string[]) : [];
}

/** Ids of `a` that `b` does not hold, each once. */
export function idsWithout(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a === b || a.length === 0) return [];
  const known = new Set(b);
  return [...new Set(a)].filter((id) => !known.has(id));
}

function taskLinks(before: Entity | undefined, task: Entity): Derived[] {
  const was = idsIn(before, "sessionIds");
  const is = idsIn(task, "sessionIds");
  const tell = (event: string) => (sessionId: string) => ({
    event,
    data: { taskId: task.id, sessionId, task },
    sessionId,
  });
  return [
    ...idsWithout(was, is).map(tell("task:session_removed")),
    ...idsWithout(is, was).map(tell("task:session_added")),
  ];
}

function sessionLinks(before: Entity | undefined, session: Entity): Derived[] {
  const was = idsIn(before, "taskIds");
  const is = idsIn(session, "taskIds");
  const sessionId = session.id;
  const tell = (event: string) => (taskId: string) => ({
    event,
    data: { sessionId, taskId, session },
    sessionId,
  });
  return [
    ...idsWithout(was, is).map(tell("session:task_removed")),
    ...idsWithout(is, was).map(tell("session:task_added")),
  ];
}

function taskNotices(before: Entity | undefined, task: Entity): Derived[] {
  if (before === undefined) return [];
  const notices: Derived[] = [];
  for (const status of ["completed", "failed", "blocked"]) {
    if (became(before, task, status))
      notices.push({ event: `notify:task_${status}`, data: { taskId: task.id, task } });
  }
  if (before["sessionStatuses"] === task["sessionStatuses"]) return notices;
  const was = statusesOf(before);
  for (const [sessionId, status] of Object.entries(statusesOf(task))) {
    if ((status !== "completed" && status !== "failed") || was[sessionId] === status) continue;
    notices.push({
      event: `notify:task_session_${status}`,
      data: { taskId: task.id, sessionId, task },
      sessionId,
    });
  }
  return notices;
}

function sessionNotices(before: Entity | undefined, session: Entity, reason: string | undefined): Derived[] {
  const sessionId = session.id;
  if (before === undefined) {
    return session["status"] === "spawning" ? [{ event: "session:spawn", data: session, sessionId }] : [];
  }
  const notices: Derived[] = [];
  for (const status of ["completed", "failed"]) {
    if (!became(before, session, status)) continue;
    const why = reason === undefined ? {} : { reason };
    notices.push({
      event: `notify:session_${status}`,
      data: { sessionId, name: session["name"], ...why },
      sessionId,
    });
  }
  const isAsked =
    isWaiting(session) &&
    (!isWaiting(before) || needsInputOf(before)?.since !== needsInputOf(session)?.since);
  const asks = isAsked || became(before, session, "needs_input");
  if (asks) {
    const message = needsInputOf(session)?.message;
    notices.push({
      event: "notify:needs_input",
      data: { sessionId, ...(message === undefined ? {} : { message }) },
      sessionId,
    });
  }
  return notices;
}

function became(before: Entity | undefined, after: Entity, status: string): boolean {
  return before !== undefined && after["status"] === status && before["status"] !== status;
}

function statusesOf(task: Entity): Readonly<Record<string, string>> {
  // Validated by the schema of tasks.
  return (task["sessionStatuses"] as Readonly<Record<string, string>> | undefined) ?? {};
}

interface NeedsInput {
  readonly active: boolean;
  readonly message?: string;
  readonly since?: number;
}

function needsInputOf(session: Entity): NeedsInput | undefined {
  // Validated by the schema of sessions.
  return session["needsInput"] as NeedsInput | undefined;
}

function isWaiting(session: Entity): boolean {
  return needsInputOf(session)?.active === true;
}
