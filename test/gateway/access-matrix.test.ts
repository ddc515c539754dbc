import { describe, expect, test } from "vitest";
import { FRAME_TYPES } from "../../server/gateway/websocket/client-frames.ts";
import { openApiDocument } from "../../server/http/api/openapi.ts";
import { type Needs, session } from "../core/access-rows.ts";
import { openPlain, refusedUpgrade } from "../websocket/plain-client.ts";
import { FRAMES, ROUTES } from "./access-rows.ts";
import { ask, connected, type Running, requested, startServer } from "./running-server.ts";

/** Tokens are names: who has which role in p1, and none in p2. */
const ROLES = ["editor", "viewer", "stranger"] as const;
const PROJECTS = ["p1", "p2"] as const;
const RANK: Readonly<Record<Needs, number>> = { nobody: 0, viewer: 1, editor: 2 };

type Role = (typeof ROLES)[number];

const may = (role: Role, projectId: string, needs: Needs): boolean =>
  RANK[projectId === "p1" && role !== "stranger" ? role : "nobody"] >= RANK[needs];

/** A server with a session, and a terminal of it, in each project. */
async function twoProjects(): Promise<Running> {
  const running = await startServer({
    auth: {
      verifyToken: (token) => {
        if (token === "owner") return { sub: token, projects: "*" };
        return ROLES.some((role) => role === token)
          ? { sub: token, projects: token === "stranger" ? [] : { p1: token as "editor" | "viewer" } }
          : null;
      },
    },
    terminalLimits: { inputMs: 50 },
  });
  for (const projectId of PROJECTS) {
    const auth = { token: "owner", projectId, sessionId: session(projectId) };
    const { socket } = await connected(running.url, "/cli", { auth });
    await running.server.mutate(projectId, {
      op: "create",
      collection: "sessions",
      id: session(projectId),
      value: { name: "x" },
    });
    await requested(socket, "terminal:register", { sessionId: session(projectId), ptyId: "1", projectId });
  }
  return running;
}

describe("who may do what over HTTP", () => {
  test("every route of the OpenAPI document has its row, and no other", () => {
    const { paths } = openApiDocument() as { readonly paths: Readonly<Record<string, object>> };
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(Object.keys(ROUTES).toSorted()).toEqual(documented.toSorted());
  });

  test("each role gets exactly what its row says, in its own project and in another", async () => {
    const { url } = await twoProjects();
    for (const [route, { needs, ask: asked }] of Object.entries(ROUTES)) {
      const [method = ""] = route.split(" ");
      for (const projectId of PROJECTS) {
        const { path, body } = asked(projectId);
        const send = (headers: Record<string, string>) => {
          const json = body === undefined ? {} : { body: JSON.stringify(body) };
          return ask(`${url}${path}`, {
            method,
            headers: { "content-type": "application/json", ...headers },
            ...json,
          });
        };
        // Where tokens are judged nobody is trusted for being local.
        expect({ route, status: (await send({})).status }).toEqual({ route, status: 401 });
        for (const role of ROLES) {
          const { status } = await send({ authorization: `Bearer ${role}` });
          expect({
            route,
            role,
            projectId,
            isForbidden: status === 403,
            isBroken: status === 401 || status >= 500,
          }).toEqual({
            ...{ route, role, projectId },
            ...{ isForbidden: !may(role, projectId, needs), isBroken: false },
          });
        }
      }
    }
  });

  test("a list of projects shows those that may be read", async () => {
    const { url, server } = await twoProjects();
    for (const id of PROJECTS)
      await server.mutate(id, { op: "create", collection: "projects", id, value: { name: id } });
    for (const [role, ids] of [
      ["viewer", ["p1"]],
      ["stranger", []],
    ] as const) {
      const answer = await ask(`${url}/api/projects`, { headers: { authorization: `Bearer ${role}` } });
      expect(answer.json().items.map(({ id }) => id)).toEqual(ids);
    }
  });
});

describe("who may do what on a plain WebSocket", () => {
  test("every type of frame has its row, and no other", () => {
    expect(Object.keys(FRAMES).toSorted()).toEqual(FRAME_TYPES.toSorted());
  });

  test("each role gets exactly what its row says, in its own project and in another", async () => {
    const { url } = await twoProjects();
    for (const [type, { needs, frame, foreign }] of Object.entries(FRAMES)) {
      for (const role of ["editor", "viewer"] as const) {
        for (const projectId of foreign ? PROJECTS : (["p1"] as const)) {
          const client = await openPlain(url, { token: role, projectId: "p1" });
          client.say({ type, ...frame(projectId) });
          const isAllowed = may(role, projectId, needs);
          if (isAllowed) {
            client.say({ type: "ping" });
            await client.next("pong");
          } else await client.next("error");
          const codes = client.frames.flatMap(({ type: told, code }) => (told === "error" ? [code] : []));
          // What lies in a project that may not be read is not there.
          const isRefused = codes.some((code) => code === "FORBIDDEN" || code === "NOT_FOUND");
          expect({ type, role, projectId, isRefused }).toEqual({
            ...{ type, role, projectId },
            isRefused: !isAllowed,
          });
          client.socket.terminate();
        }
      }
    }
  });

  test("an upgrade without a token is 401, one for a project that may not be read 403", async () => {
    const { url } = await twoProjects();
    expect((await refusedUpgrade(url, { projectId: "p1" })).status).toBe(401);
    for (const role of ROLES) {
      expect((await refusedUpgrade(url, { projectId: "p2", token: role })).status).toBe(403);
    }
  });
});
