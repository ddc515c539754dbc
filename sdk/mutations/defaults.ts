/** What the server gives fields left out of a create (protocol section 16), shown until its own answer is there. */
export const DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  tasks: { status: "todo", sessionIds: [] },
  sessions: { status: "idle", taskIds: [] },
  teamMembers: { status: "active" },
  mail: { type: "directive" },
};
