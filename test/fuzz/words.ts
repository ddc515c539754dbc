/** Ids and words of the protocol, few of each, so that what is sent meets what was sent before. */
export const WORDS: readonly string[] = [
  ...["p1", "p2", "s1", "s2", "t1", "t2", "m1", "pty", "c1:1", "c1:2", "c1:99", "w1:7", "guid"],
  ...[
    "tasks",
    "sessions",
    "projects",
    "mail",
    "teamMembers",
    "widgets",
    "files",
    "title",
    "status",
    "sessionIds",
  ],
  ...["todo", "working", "completed", "failed", "needs_input", "modal", "progress", "length", "-", "", "0"],
];

/** Names under which a careless server would reach into its own objects. */
export const PROTOTYPE_KEYS: readonly string[] = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
];

/** Names of fields, for objects whose keys are free. */
export const FIELDS: readonly string[] = [
  ...[
    "title",
    "name",
    "status",
    "sessionIds",
    "taskIds",
    "claimedBy",
    "needsInput",
    "modals",
    "sessionStatuses",
  ],
  ...["id", "projectId", "version", "seq", "createdAt", "body", "subject", "extra", "path", "event"],
];
