/** Where the entity of an event belongs. */
export interface Route {
  readonly collection: string;
  readonly isRemoval: boolean;
}

const BUILT_IN: Readonly<Record<string, string>> = {
  projects: "project",
  sessions: "session",
  tasks: "task",
  teamMembers: "team_member",
};

/** Of the events that change an entity; any other only tells of a change that has an event of its own. */
export interface Routes {
  of(event: string): Route | undefined;
}

/** @param collections those of the application, by wire name. */
export function createRoutes(collections: Readonly<Record<string, { readonly singular: string }>>): Routes {
  const routes = new Map<string, Route>();
  const add = (collection: string, singular: string, created = "created"): void => {
    routes.set(`${singular}:${created}`, { collection, isRemoval: false });
    routes.set(`${singular}:updated`, { collection, isRemoval: false });
    routes.set(`${singular}:deleted`, { collection, isRemoval: true });
  };
  for (const [collection, singular] of Object.entries(BUILT_IN)) add(collection, singular);
  add("mail", "mail", "received");
  for (const [collection, { singular }] of Object.entries(collections)) add(collection, singular);
  return { of: (event) => routes.get(event) };
}
