import { type Needs, session } from "../core/access-rows.ts";

/** One route of the HTTP API and who may use it. */
export interface RouteRow {
  readonly needs: Needs;
  /** Path and body that name this project. */
  readonly ask: (projectId: string) => { readonly path: string; readonly body?: unknown };
}

/** Words of a path that are entities of a project. */
const KINDS = ["tasks", "sessions", "team-members", "mail"] as const;
const entity = { title: "x", name: "x", toSessionId: "s", type: "directive", subject: "s", body: "b" };
const named = (path: string, projectId: string): string => `${path}?projectId=${projectId}`;

/** Every route of the OpenAPI document, `METHOD path`: the test says when one is missing. */
export const ROUTES: Readonly<Record<string, RouteRow>> = {
  ...Object.fromEntries(
    KINDS.flatMap((kind): Array<[string, RouteRow]> => {
      const all = `/api/${kind}`;
      const one = (projectId: string): string => named(`${all}/some-${projectId}`, projectId);
      return [
        [`GET ${all}`, { needs: "viewer", ask: (projectId) => ({ path: named(all, projectId) }) }],
        [
          `POST ${all}`,
          { needs: "editor", ask: (projectId) => ({ path: all, body: { ...entity, projectId } }) },
        ],
        [`GET ${all}/{id}`, { needs: "viewer", ask: (projectId) => ({ path: one(projectId) }) }],
        [
          `PATCH ${all}/{id}`,
          { needs: "editor", ask: (projectId) => ({ path: one(projectId), body: { name: "y" } }) },
        ],
        [`DELETE ${all}/{id}`, { needs: "editor", ask: (projectId) => ({ path: one(projectId) }) }],
      ];
    }),
  ),
  "GET /api/projects": { needs: "viewer", ask: (projectId) => ({ path: named("/api/projects", projectId) }) },
  "POST /api/projects": {
    needs: "editor",
    ask: (projectId) => ({ path: "/api/projects", body: { id: projectId, name: "x" } }),
  },
  "GET /api/projects/{id}": { needs: "viewer", ask: (projectId) => ({ path: `/api/projects/${projectId}` }) },
  "PATCH /api/projects/{id}": {
    needs: "editor",
    ask: (projectId) => ({ path: `/api/projects/${projectId}`, body: { name: "y" } }),
  },
  "DELETE /api/projects/{id}": {
    needs: "editor",
    ask: (projectId) => ({ path: `/api/projects/${projectId}` }),
  },
  "POST /api/tasks/{id}/claim": {
    needs: "editor",
    ask: (projectId) => ({
      path: named("/api/tasks/t/claim", projectId),
      body: { sessionId: session(projectId) },
    }),
  },
  "POST /api/tasks/{id}/release": {
    needs: "editor",
    ask: (projectId) => ({ path: named("/api/tasks/t/release", projectId), body: {} }),
  },
  "PUT /api/terminal/focus": {
    needs: "editor",
    ask: (projectId) => ({
      path: "/api/terminal/focus",
      body: { projectId, sessionId: session(projectId), focused: true },
    }),
  },
  "POST /api/channels/{channel}": {
    needs: "editor",
    ask: (projectId) => ({ path: "/api/channels/c", body: { projectId, data: 1 } }),
  },
};

/** One frame of a plain WebSocket and who may send it. */
export interface FrameRow {
  readonly needs: Needs;
  /** Absent: it can name no other project than the URL's. */
  readonly foreign?: true;
  readonly frame: (projectId: string) => object;
}

/** Every type of frame: the test says when one is missing. */
export const FRAMES: Readonly<Record<string, FrameRow>> = {
  subscribe: { needs: "viewer", frame: () => ({ channel: "c" }) },
  unsubscribe: { needs: "nobody", frame: () => ({ channel: "c" }) },
  focus: { needs: "editor", foreign: true, frame: (projectId) => ({ sessionId: session(projectId) }) },
  blur: { needs: "editor", foreign: true, frame: (projectId) => ({ sessionId: session(projectId) }) },
  input: {
    needs: "editor",
    foreign: true,
    frame: (projectId) => ({ sessionId: session(projectId), data: "x" }),
  },
  resize: {
    needs: "editor",
    foreign: true,
    frame: (projectId) => ({ sessionId: session(projectId), data: { cols: 9, rows: 9 } }),
  },
  // Of a session that may not be read it tells what it tells without one: the focus of the URL's project.
  sync_request: { needs: "viewer", frame: (projectId) => ({ sessionId: session(projectId) }) },
  heartbeat: { needs: "nobody", frame: () => ({}) },
  ping: { needs: "nobody", frame: () => ({}) },
  auth: { needs: "nobody", frame: () => ({ token: "editor" }) },
};
