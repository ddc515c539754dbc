import { describe, expect, test } from "vitest";
import { signToken } from "../../server/auth/sign-token.ts";
import { ask, connected, event, type Running, requested, startServer } from "./running-server.ts";

const SECRET = "a secret that is long enough for HS256";

function call({ url }: Pick<Running, "url">, method: string, path: string, body?: unknown, headers = {}) {
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  return ask(`${url}${path}`, { method, headers: { ...type, ...headers }, ...text });
}

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, object>>;
  readonly components: {
    readonly schemas: {
      readonly TaskFields: { readonly properties: { readonly status: { readonly enum: unknown } } };
    };
  };
}

describe("entities over HTTP", () => {
  test("are made, read, listed, changed and removed", async () => {
    const server = await startServer();
    const made = await call(server, "POST", "/api/tasks", { projectId: "p1", id: "t1", title: "One" });
    expect(made.status).toBe(201);
    expect(made.json()).toMatchObject({
      id: "t1",
      projectId: "p1",
      title: "One",
      status: "todo",
      version: 1,
      seq: 1,
    });
    expect(made.headers["etag"]).toBe('"1"');

    const patch = { status: "in_progress", description: "x", title: "Two" };
    const changed = await call(server, "PATCH", "/api/tasks/t1?projectId=p1", patch, { "If-Match": '"1"' });
    expect(changed.status).toBe(200);
    expect(changed.json()).toMatchObject({
      title: "Two",
      description: "x",
      status: "in_progress",
      version: 2,
    });
    const without = await call(server, "PATCH", "/api/tasks/t1?projectId=p1", { description: null });
    expect(without.json()).not.toHaveProperty("description");

    const list = await call(server, "GET", "/api/tasks?projectId=p1");
    expect(list.json()).toMatchObject({
      items: [{ id: "t1", version: 3 }],
      epoch: expect.any(String) as unknown,
      seq: 3,
    });
    const one = await call(server, "GET", "/api/tasks/t1?projectId=p1");
    expect(one.json()).toEqual(list.json().items[0]);
    expect(one.headers["etag"]).toBe('"3"');

    const removed = await call(server, "DELETE", "/api/tasks/t1?projectId=p1");
    expect([removed.status, removed.text]).toEqual([204, ""]);
    expect((await call(server, "GET", "/api/tasks/t1?projectId=p1")).status).toBe(404);
  });

  test.each([["sessions"], ["team-members"], ["mail"], ["projects"]])(
    "of %s too, in the default project",
    async (name) => {
      const server = await startServer();
      const body = { name: "N", toSessionId: "s1", subject: "S", body: "B" };
      const made = await call(server, "POST", `/api/${name}`, body);
      expect(made.status).toBe(201);
      const { id } = made.json();
      expect((await call(server, "GET", `/api/${name}/${id}`)).json()).toEqual(made.json());
      expect((await call(server, "GET", `/api/${name}`)).json().items).toEqual([made.json()]);
    },
  );

  test("of a session are found without their project", async () => {
    const server = await startServer();
    await call(server, "POST", "/api/sessions", { projectId: "p1", id: "s1", name: "one" });
    expect((await call(server, "GET", "/api/sessions/s1")).json()).toMatchObject({ projectId: "p1" });
    expect((await call(server, "PATCH", "/api/sessions/s1", { name: "two" })).json()).toMatchObject({
      name: "two",
    });
    expect((await call(server, "DELETE", "/api/sessions/s1")).status).toBe(204);
  });

  test("reach sockets like any other change", async () => {
    const server = await startServer();
    const { socket } = await connected(server.url, "/ui", { auth: { projectId: "p1" } });
    const told = event(socket, "task:created");
    await call(server, "POST", "/api/tasks?projectId=p1", { title: "One" });
    expect(await told).toMatchObject({
      type: "task:created",
      data: { title: "One" },
      seq: 1,
      projectId: "p1",
    });
  });
});

describe("a change over HTTP is refused", () => {
  test("with 409 and the entity when If-Match is not its version", async () => {
    const server = await startServer();
    await call(server, "POST", "/api/tasks?projectId=p1", { id: "t1", title: "One" });
    for (const [method, body] of [
      ["PATCH", { title: "Two" }],
      ["DELETE", undefined],
    ] as const) {
      const refused = await call(server, method, "/api/tasks/t1?projectId=p1", body, { "If-Match": '"7"' });
      expect(refused.status).toBe(409);
      expect(refused.headers["content-type"]).toBe("application/problem+json");
      expect(refused.json()).toMatchObject({
        type: "about:blank",
        title: "Conflict",
        status: 409,
        success: false,
        code: "CONFLICT",
        details: { current: { id: "t1", version: 1 } },
      });
    }
  });

  test.each([
    ["an empty title", { title: "" }, ["title"]],
    ["no title", {}, ["title"]],
    ["a bad id", { title: "x", id: "no spaces" }, ["id"]],
    ["a bad project", { title: "x", projectId: "no spaces" }, ["projectId"]],
    ["a bad status", { title: "x", status: "lost" }, ["status"]],
    ["no object", [1], []],
    ["a text", "x", []],
  ])("with 400 and the path within the body for %s", async (_what, body, path) => {
    const server = await startServer();
    const refused = await call(server, "POST", "/api/tasks", body);
    expect(refused.status).toBe(400);
    expect(refused.json()).toMatchObject({ code: "BAD_REQUEST", details: { issues: [{ path }] } });
    expect((await call(server, "GET", "/api/tasks")).json().items).toEqual([]);
  });

  test("with 400 for what is no JSON, and 413 for too much of it", async () => {
    const server = await startServer();
    const headers = { "Content-Type": "application/json" };
    const broken = await ask(`${server.url}/api/tasks`, { method: "POST", headers, body: "{" });
    expect([broken.status, broken.json().code]).toEqual([400, "BAD_REQUEST"]);
    const body = JSON.stringify({ title: "x".repeat(1024 * 1024) });
    const large = await ask(`${server.url}/api/tasks`, { method: "POST", headers, body });
    expect([large.status, large.json().code]).toEqual([413, "PAYLOAD_TOO_LARGE"]);
    const entity = await call(server, "POST", "/api/tasks", { title: "x", text: "x".repeat(300 * 1024) });
    expect([entity.status, entity.json().code]).toEqual([413, "PAYLOAD_TOO_LARGE"]);
  });

  test("with 404 where there is nothing, as a problem", async () => {
    const server = await startServer();
    for (const [method, path] of [
      ["GET", "/api/nothing"],
      ["GET", "/api/tasks/none"],
      ["PATCH", "/api/tasks/none"],
      ["DELETE", "/api/tasks/none"],
      ["GET", "/api/__proto__"],
      ["GET", "/nothing"],
    ] as const) {
      const missing = await call(server, method, path, method === "PATCH" ? { title: "x" } : undefined);
      expect([path, missing.status, missing.json().code]).toEqual([path, 404, "NOT_FOUND"]);
    }
  });

  test("without harm for bodies that reach for an object's own parts", async () => {
    const server = await startServer();
    const headers = { "Content-Type": "application/json" };
    const body = '{"title":"x","__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}';
    const made = await ask(`${server.url}/api/tasks`, { method: "POST", headers, body });
    expect(made.status).toBe(201);
    expect(made.text).not.toContain("isAdmin");
    expect(({} as Record<string, unknown>)["isAdmin"]).toBeUndefined();
  });
});

describe("an Idempotency-Key", () => {
  test("carries out a request once; a repetition gets the first status and body", async () => {
    const server = await startServer();
    const key = { "Idempotency-Key": "k1" };
    const first = await call(server, "POST", "/api/tasks", { title: "One" }, key);
    const again = await call(server, "POST", "/api/tasks", { title: "One" }, key);
    expect([again.status, again.json()]).toEqual([201, first.json()]);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect((await call(server, "GET", "/api/tasks")).json().items).toHaveLength(1);
    const reused = await call(server, "POST", "/api/tasks", { title: "Two" }, key);
    expect([reused.status, reused.json().details]).toEqual([409, { reused: true }]);
  });

  test("replays refusals and removals too", async () => {
    const server = await startServer();
    await call(server, "POST", "/api/tasks", { id: "t1", title: "One" });
    const removal = { "Idempotency-Key": "k1" };
    expect((await call(server, "DELETE", "/api/tasks/t1", undefined, removal)).status).toBe(204);
    expect((await call(server, "DELETE", "/api/tasks/t1", undefined, removal)).status).toBe(204);
    const refusal = { "Idempotency-Key": "k2" };
    const first = await call(server, "POST", "/api/tasks", { title: "" }, refusal);
    const again = await call(server, "POST", "/api/tasks", { title: "" }, refusal);
    expect([again.status, again.json()]).toEqual([first.status, first.json()]);
  });

  test("makes a project without an id once", async () => {
    const server = await startServer();
    const key = { "Idempotency-Key": "k1" };
    const first = await call(server, "POST", "/api/projects", { name: "One" }, key);
    const again = await call(server, "POST", "/api/projects", { name: "One" }, key);
    expect([again.status, again.json()]).toEqual([201, first.json()]);
    expect((await call(server, "GET", "/api/projects")).json().items).toHaveLength(1);
  });
});

test("the API describes itself, with every route there is", async () => {
  const server = await startServer();
  const document = (await ask(`${server.url}/api/openapi.json`)).json<OpenApi>();
  expect(document.openapi).toBe("3.1.0");
  const routes = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  );
  expect(routes).toHaveLength(5 * 5 + 2 + 2);
  for (const route of routes) {
    const [method = "", path = ""] = route.split(" ");
    const answer = await call(server, method.toUpperCase(), path.replace(/\{\w+\}/, "x"), {});
    // What is not found is an entity, never the route.
    expect([route, answer.text]).not.toEqual([
      route,
      expect.stringContaining(`There is no ${method.toUpperCase()} `),
    ]);
  }
  const missing = await call(server, "GET", "/api/nothing");
  expect(missing.text).toContain("There is no GET ");
  const task = document.components.schemas.TaskFields;
  expect(task.properties.status.enum).toEqual(["todo", "in_progress", "blocked", "completed", "failed"]);
});

test("a task is claimed and released by sessions", async () => {
  const server = await startServer();
  await call(server, "POST", "/api/tasks?projectId=p1", { id: "t1", title: "One" });
  for (const id of ["s1", "s2"]) await call(server, "POST", "/api/sessions?projectId=p1", { id, name: id });
  const claim = (sessionId: string) => call(server, "POST", "/api/tasks/t1/claim", { sessionId });
  expect((await claim("s1")).json()).toMatchObject({ claimedBy: "s1" });
  const refused = await claim("s2");
  expect([refused.status, refused.json().details]).toEqual([409, { claimedBy: "s1" }]);
  expect((await call(server, "POST", "/api/tasks/t1/release", { sessionId: "s2" })).status).toBe(409);
  expect(
    (await call(server, "POST", "/api/tasks/t1/release", { sessionId: "s1" })).json(),
  ).not.toHaveProperty("claimedBy");
});

test("a session shows when its agent was heard last, which is no change of it", async () => {
  const { url, server } = await startServer();
  await server.mutate("p1", { op: "create", collection: "sessions", id: "s1", value: { name: "one" } });
  const { socket } = await connected(url, "/cli", { auth: { projectId: "p1", sessionId: "s1" } });
  const before = await ask(`${url}/api/sessions/s1`);
  expect(before.json()).not.toHaveProperty("lastHeartbeat");
  await requested(socket, "heartbeat", { status: "up" });
  const after = await ask(`${url}/api/sessions/s1`);
  expect(after.json()).toMatchObject({ version: 2, lastHeartbeat: expect.any(Number) as unknown });
  await requested(socket, "heartbeat", { status: "up" });
  const listed = await ask(`${url}/api/sessions?projectId=p1`);
  expect(listed.json().items).toEqual([
    expect.objectContaining({ id: "s1", version: 2, lastHeartbeat: expect.any(Number) as unknown }),
  ]);
});

test("mail:send takes an id, once", async () => {
  const { url } = await startServer();
  const { socket } = await connected(url, "/ui", { auth: { projectId: "p1" } });
  const mail = { id: "m1", toSessionId: "s1", subject: "a", body: "b" };
  expect(await requested(socket, "mail:send", mail)).toMatchObject({ success: true, mail: { id: "m1" } });
  expect(await requested(socket, "mail:send", mail)).toMatchObject({ code: "CONFLICT" });
});

test("focus is set over HTTP, guarded by expectedVersion", async () => {
  const server = await startServer();
  await call(server, "POST", "/api/sessions", { projectId: "p1", id: "s1", name: "one" });
  const set = (body: object) =>
    call(server, "PUT", "/api/terminal/focus", { projectId: "p1", sessionId: "s1", ...body });
  const state = await set({ focused: true });
  expect([state.status, state.json()]).toMatchObject([
    200,
    { success: true, focusedSessions: ["s1"], version: 1 },
  ]);
  const stale = await set({ focused: false, expectedVersion: 9 });
  expect([stale.status, stale.json()]).toMatchObject([409, { code: "CONFLICT", details: { version: 1 } }]);
});

test("a verifier that does not answer is the server's trouble, not the token's", async () => {
  const verifyToken = () => new Promise<never>(() => undefined);
  const server = await startServer({ auth: { verifyToken }, limits: { authenticateMs: 50 } });
  const answer = await call(server, "GET", "/api/tasks", undefined, { Authorization: "Bearer t" });
  expect([answer.status, answer.json().code]).toEqual([503, "UNAVAILABLE"]);
});

test("roles hold: viewers read, strangers do neither, bad tokens are 401", async () => {
  const server = await startServer({ auth: { secret: SECRET } });
  const tokenFor = (projects: Record<string, "viewer" | "editor">) =>
    signToken({ secret: SECRET, userId: "ada", projects, lifetimeMs: 60_000, now: Date.now() });
  const as = async (projects: Record<string, "viewer" | "editor">) => ({
    Authorization: `Bearer ${await tokenFor(projects)}`,
  });
  const statuses = async (headers: Record<string, string>) => {
    const asked = [
      call(server, "GET", "/api/tasks?projectId=p1", undefined, headers),
      call(server, "POST", "/api/tasks?projectId=p1", { title: "x" }, headers),
      call(server, "PUT", "/api/terminal/focus", { projectId: "p1", sessionId: "s", focused: true }, headers),
      call(server, "GET", "/metrics", undefined, headers),
    ];
    return (await Promise.all(asked)).map(({ status }) => status);
  };
  expect(await statuses(await as({ p1: "editor" }))).toEqual([200, 201, 404, 403]);
  expect(await statuses(await as({ p1: "viewer" }))).toEqual([200, 403, 403, 403]);
  expect(await statuses(await as({ p2: "editor" }))).toEqual([403, 403, 403, 403]);
  expect(await statuses({ Authorization: "Bearer nonsense" })).toEqual([401, 401, 401, 401]);
  expect(await statuses({ Authorization: "Basic YTpi" })).toEqual([401, 401, 401, 401]);
  expect(await statuses({})).toEqual([401, 401, 401, 401]);
  const projects = await call(server, "GET", "/api/projects", undefined, await as({ p1: "viewer" }));
  expect(projects.json()).toEqual({ items: [] });
});
