import { describe, expect, test } from "vitest";
import { signToken } from "../../server/auth/sign-token.ts";
import type { ServerStatus } from "../../server/index.ts";
import { createLog } from "../../server/ops/log.ts";
import { createTokenBucket } from "../../server/ops/token-bucket.ts";
import { ask, connected, openClient, refusal, requested, startServer } from "./running-server.ts";

const SECRET = "a secret that is long enough for HS256";
const tokenOf = (userId: string, projects: "*" | Record<string, "viewer" | "editor"> = "*") =>
  signToken({ secret: SECRET, userId, projects, lifetimeMs: 60_000, now: Date.now() });

describe("a token bucket", () => {
  test("lets a burst pass, then the rate, and says how long to wait", () => {
    let now = 0;
    const bucket = createTokenBucket({ perSecond: 5, burst: 3 }, () => now);
    expect([1, 2, 3].map(() => bucket.take())).toEqual([0, 0, 0]);
    expect(bucket.take()).toBe(200);
    now = 199;
    expect(bucket.take()).toBe(1);
    now = 200;
    expect([bucket.take(), bucket.take()]).toEqual([0, 200]);
    now = 1_000_000;
    expect([1, 2, 3, 4].map(() => bucket.take())).toEqual([0, 0, 0, 200]);
  });

  test("gains nothing from a clock that is set back", () => {
    let now = 1_000;
    const bucket = createTokenBucket({ perSecond: 1, burst: 1 }, () => now);
    bucket.take();
    now = 0;
    expect(bucket.take()).toBe(1_000);
    now = 1_000;
    expect(bucket.take()).toBe(0);
  });
});

describe("over the rate", () => {
  const mail = { projectId: "p1", toSessionId: "s1", subject: "", body: "" };

  test("a socket is refused, with when to come again; terminal output and refresh never are", async () => {
    const { url } = await startServer();
    const { socket } = await connected(url, "/ui", { auth: { projectId: "p1" } });
    const sent = Array.from({ length: 25 }, () => requested(socket, "mail:send", mail));
    const answers = await Promise.all(sent);
    expect(answers.slice(0, 20).every(({ success }) => success)).toBe(true);
    expect(answers[24]).toMatchObject({
      success: false,
      code: "RATE_LIMITED",
      retryAfterMs: expect.any(Number) as unknown,
    });
    const output = Array.from({ length: 300 }, () => requested(socket, "terminal:output", {}));
    expect((await Promise.all(output)).some(({ code }) => code === "RATE_LIMITED")).toBe(false);
  });

  test("a user is refused at four times that, over all sockets and HTTP; another user is not", async () => {
    const { url } = await startServer({ auth: { secret: SECRET } });
    const token = await tokenOf("ada");
    const sockets = await Promise.all(
      Array.from({ length: 5 }, () => connected(url, "/ui", { auth: { token, projectId: "p1" } })),
    );
    const sent = sockets.flatMap(({ socket }) =>
      Array.from({ length: 20 }, () => requested(socket, "mail:send", mail)),
    );
    const refused = (await Promise.all(sent)).filter(({ code }) => code === "RATE_LIMITED");
    expect(refused).toHaveLength(20);
    const post = async (userId: string) =>
      ask(`${url}/api/mail?projectId=p1`, {
        method: "POST",
        headers: { Authorization: `Bearer ${await tokenOf(userId)}`, "Content-Type": "application/json" },
        body: JSON.stringify({ toSessionId: "s1", subject: "", body: "" }),
      });
    const limited = await post("ada");
    expect(limited.status).toBe(429);
    expect(limited.json()).toMatchObject({
      code: "RATE_LIMITED",
      retryAfterMs: expect.any(Number) as unknown,
    });
    expect(Number(limited.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    expect((await post("bob")).status).toBe(201);
  });
});

describe("what a server tells of itself", () => {
  test("is its status, with room names for those who may read everything only", async () => {
    const { url, server } = await startServer({ auth: { secret: SECRET } });
    await connected(url, "/ui", { auth: { token: await tokenOf("ada"), projectId: "p1" } });
    const seenBy = async (headers: Record<string, string>) =>
      (await ask(`${url}/ws-status`, { headers })).json<ServerStatus>();
    const all = await seenBy({ Authorization: `Bearer ${await tokenOf("ada")}` });
    expect(all).toMatchObject({
      serverId: server.serverId,
      uptimeMs: expect.any(Number) as unknown,
      engine: { totalClients: 1 },
      namespaces: {
        ui: { connected: 1, rooms: { "project:p1": 1 } },
        mobile: { connected: 0, rooms: {} },
        cli: { connected: 0, rooms: {} },
        terminal: { connected: 0, activeSessions: 0 },
        dev: { connected: 0, registered: 0 },
      },
      ws: { connected: 0, channels: 0 },
    });
    for (const headers of [{}, { Authorization: `Bearer ${await tokenOf("bob", { p1: "editor" })}` }]) {
      expect((await seenBy(headers)).namespaces.ui).toEqual({ connected: 1, rooms: {}, roomCount: 1 });
    }
  });

  test("are metrics that name no user, project or session", async () => {
    const { url } = await startServer({ auth: { secret: SECRET } });
    const token = await tokenOf("ada-lovelace");
    const auth = { token, projectId: "secret-project", sessionId: "secret-session" };
    const { socket } = await connected(url, "/ui", { auth });
    await requested(socket, "state:sync", {});
    const { text } = await ask(`${url}/metrics`, { headers: { Authorization: `Bearer ${token}` } });
    expect(text).toContain("holdfast_connections 1");
    expect(text).toContain('holdfast_sockets{namespace="/ui"} 1');
    expect(text).toContain('holdfast_events_received_total{event="state:sync"} 1');
    expect(text).toContain('holdfast_syncs_total{mode="snapshot"} 1');
    expect(text).not.toMatch(/lovelace|secret/);
  });

  test("are metrics of what waits and of what was refused, by code", async () => {
    const { url } = await startServer();
    const { socket } = await connected(url, "/ui", { auth: { projectId: "p1" } });
    await requested(socket, "mutate", { mutationId: "c:1", op: "remove", collection: "tasks", id: "none" });
    await requested(socket, "mutate", { mutationId: "c:2", op: "nothing" });
    const create = { op: "create", collection: "tasks", id: "t1", value: { title: "x" } };
    await requested(socket, "mutate", { mutationId: "c:3", ...create });
    await ask(`${url}/api/tasks/none`);
    const { text } = await ask(`${url}/metrics`);
    for (const line of [
      'holdfast_events_refused_total{code="NOT_FOUND"} 1',
      'holdfast_events_refused_total{code="BAD_REQUEST"} 1',
      'holdfast_mutations_total{outcome="applied"} 1',
      'holdfast_ack_seconds_count{event="mutate"} 3',
      'holdfast_unsent_bytes{namespace="/ui"} 0',
      'holdfast_unsent_bytes_max{namespace="/ui"} 0',
      'holdfast_http_responses_total{status="404"} 1',
      "holdfast_in_flight 0",
      "holdfast_terminal_viewers 0",
    ])
      expect(text.split("\n")).toContain(line);
  });

  test("is readiness, until it closes", async () => {
    const { url, server } = await startServer();
    expect((await ask(`${url}/readyz`)).json()).toEqual({ status: "ready" });
    const closing = server.close();
    const last = await ask(`${url}/readyz`).catch(() => undefined);
    // Either the listener was gone already, or it said no.
    if (last !== undefined) expect([last.status, last.json().code]).toEqual([503, "SHUTTING_DOWN"]);
    await closing;
  });
});

describe("the log", () => {
  function capture() {
    const lines: string[] = [];
    const log = createLog({
      level: "debug",
      destination: { write: (line: string) => void lines.push(line) },
    });
    return { log, text: () => lines.join("") };
  }

  test("censors what could be a secret, and keeps a forged line inside a string", () => {
    const { log, text } = capture();
    log.info(
      { token: "eyJ-secret", auth: { token: "eyJ-secret" }, name: 'x\n{"level":50,"msg":"forged"}' },
      "seen",
    );
    expect(text()).not.toContain("eyJ-secret");
    expect(text().trim().split("\n")).toHaveLength(1);
    expect(JSON.parse(text())).toMatchObject({ token: "[secret]", auth: { token: "[secret]" }, msg: "seen" });
  });

  test("of a server never holds a token that somebody showed it", async () => {
    const { log, text } = capture();
    const { url } = await startServer({
      logger: log,
      auth: {
        verifyToken: () => {
          throw new Error("no");
        },
      },
    });
    const token = "eyJ-a-very-secret-token";
    await refusal(openClient(url, "/ui", { auth: { token } }));
    await ask(`${url}/api/tasks`, { headers: { Authorization: `Bearer ${token}` } });
    await ask(`${url}/ws?token=${token}`);
    log.info({}, "the end");
    expect(text()).toContain("the end");
    expect(text()).not.toContain(token);
  });
});
