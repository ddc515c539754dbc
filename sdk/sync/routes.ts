/** Where the entity of an event belongs. */
export interface Route {
  readonly collection: string;
  readonly kind: "upsert" | "remove";
}

const BUILT_IN: Readonly<Record<string, string>> = {
  projects: "project",
  sessions: "session",
  tasks: "task",
  teamMembers: "team_member",
};

/** Events that change no entity by themselves: the change they tell of has an event of its own. */
const NOTICES: readonly string[] = [
  "task:session_added",
  "task:session_removed",
  "team_member:archived",
  "session:spawn",
  "session:task_added",
  "session:task_removed",
  "session:modal",
  "session:modal_action",
  "session:modal_closed",
  "notify:task_completed",
  "notify:task_failed",
  "notify:task_blocked",
  "notify:task_session_completed",
  "notify:task_session_failed",
  "notify:session_completed",
  "notify:session_failed",
  "notify:needs_input",
  "notify:progress",
];

export interface Routes {
  /** Every domain event by name. */
  readonly names: readonly string[];
  of(event: string): Route | undefined;
}

/** @param collections those of the application, by wire name. */
export function createRoutes(
  collections: Readonly<Record<string, { readonly singular: string }>> = {},
): Routes {
  const routes = new Map<string, Route>();
  const add = (collection: string, singular: string, created = "created"): void => {
    routes.set(`${singular}:${created}`, { collection, kind: "upsert" });
    routes.set(`${singular}:updated`, { collection, kind: "upsert" });
    routes.set(`${singular}:deleted`, { collection, kind: "remove" });
  };
  for (const [collection, singular] of Object.entries(BUILT_IN)) add(collection, singular);
  add("mail", "mail", "received");
  for (const [collection, { singular }] of Object.entries(collections)) add(collection, singular);
  return {
    names: [...routes.keys(), ...NOTICES],
    of: (event) => routes.get(event),
  };
}
