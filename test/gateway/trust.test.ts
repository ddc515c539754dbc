import { describe, expect, test } from "vitest";
import { signToken } from "../../server/auth/sign-token.ts";
import type { ServerStatus } from "../../server/index.ts";
import { ask, connected, openClient, refusal, startServer, upgrade } from "./running-server.ts";

const SECRET = "a secret that is long enough for HS256";
const HANDSHAKE = "/socket.io/?EIO=4&transport=polling";
const UPGRADES = ["/socket.io/?EIO=4&transport=websocket", "/ws", "/"];

/** What each door says to a request with these headers. */
async function everyDoor(url: string, port: number, headers: Record<string, string>) {
  const [api, handshake, ...upgrades] = await Promise.all([
    ask(`${url}/api/tasks`, { headers }),
    ask(`${url}${HANDSHAKE}`, { headers }),
    ...UPGRADES.map((path) => upgrade(port, path, headers)),
  ]);
  return { api, handshake, upgrades };
}

/** What a Socket.IO client with these headers is told. */
async function toldOverWebSocket(url: string, headers: Record<string, string>): Promise<unknown> {
  return refusal(openClient(url, "/ui", { extraHeaders: headers }));
}

/** The same over polling, by hand: the client's own requests never name another Host. */
async function toldOverPolling(url: string, headers: Record<string, string>): Promise<unknown> {
  const opened = await ask(`${url}${HANDSHAKE}`, { headers });
  const { sid } = JSON.parse(opened.text.slice(1)) as { sid: string };
  const polling = `${url}${HANDSHAKE}&sid=${sid}`;
  await ask(polling, {
    method: "POST",
    headers: { ...headers, "Content-Type": "text/plain" },
    body: "40/ui,",
  });
  const answer = await ask(polling, { headers });
  expect(answer.text).toMatch(/^44\/ui,/);
  return JSON.parse(answer.text.slice("44/ui,".length));
}

describe("a foreign Origin", () => {
  test.each([["https://evil.example.com"], ["http://localhost.evil.com"], ["null"]])(
    "%s is answered 403 at every door of a local server",
    async (origin) => {
      const { url, port } = await startServer();
      const { api, handshake, upgrades } = await everyDoor(url, port, { Origin: origin });
      expect(api.status).toBe(403);
      expect(api.json()).toMatchObject({ success: false, code: "FORBIDDEN", status: 403 });
      expect(api.headers["access-control-allow-origin"]).toBeUndefined();
      expect(handshake.status).toBe(403);
      expect(upgrades).toEqual(UPGRADES.map(() => "HTTP/1.1 403 Forbidden"));
    },
  );

  test("is answered 403 also with a token, with a known connection's id, and on a preflight", async () => {
    const { url, port } = await startServer({
      auth: { secret: SECRET },
      origins: ["https://app.example.com"],
    });
    const token = await signToken({
      secret: SECRET,
      userId: "ada",
      projects: "*",
      lifetimeMs: 60_000,
      now: Date.now(),
    });
    const Origin = "https://evil.example.com";
    const headers = { Origin, Authorization: `Bearer ${token}` };
    expect((await ask(`${url}/api/tasks`, { headers })).status).toBe(403);
    const preflight = { ...headers, "Access-Control-Request-Method": "POST" };
    expect((await ask(`${url}/api/tasks`, { method: "OPTIONS", headers: preflight })).status).toBe(403);
    const opened = await ask(`${url}${HANDSHAKE}`);
    const { sid } = JSON.parse(opened.text.slice(1)) as { sid: string };
    expect((await ask(`${url}${HANDSHAKE}&sid=${sid}`, { headers })).status).toBe(403);
    expect(await upgrade(port, `/socket.io/?EIO=4&transport=websocket&sid=${sid}`, { Origin })).toContain(
      "403",
    );
  });

  test("of loopback is foreign where tokens are judged, unless the server serves it itself", async () => {
    const { url, port } = await startServer({ auth: { secret: SECRET } });
    expect((await ask(`${url}/healthz`, { headers: { Origin: "http://localhost:5173" } })).status).toBe(403);
    expect((await ask(`${url}/healthz`, { headers: { Origin: `http://localhost:${port}` } })).status).toBe(
      200,
    );
  });
});

describe("an allowed Origin", () => {
  test("may read the answer, with credentials, over HTTP and polling", async () => {
    const { url } = await startServer({ auth: { secret: SECRET }, origins: ["https://app.example.com"] });
    const headers = { Origin: "https://app.example.com" };
    for (const path of ["/healthz", "/api/tasks", HANDSHAKE]) {
      const answer = await ask(`${url}${path}`, { headers });
      expect(answer.headers).toMatchObject({
        "access-control-allow-origin": "https://app.example.com",
        "access-control-allow-credentials": "true",
        vary: "Origin",
      });
    }
  });

  test("gets its preflight answered", async () => {
    const { url } = await startServer();
    const headers = { Origin: "http://localhost:5173", "Access-Control-Request-Method": "PATCH" };
    const answer = await ask(`${url}/api/tasks/t1`, { method: "OPTIONS", headers });
    expect(answer.status).toBe(204);
    expect(answer.headers["access-control-allow-methods"]).toContain("PATCH");
    expect(answer.headers["access-control-allow-headers"]).toContain("Idempotency-Key");
  });

  test.each([["websocket"], ["polling"]])("of Tauri or loopback is local over %s", async (transport) => {
    const { url } = await startServer();
    for (const Origin of ["tauri://localhost", "http://localhost:5173"]) {
      const { status } = await connected(url, "/ui", { transports: [transport], extraHeaders: { Origin } });
      expect(status["userId"]).toBe("local");
    }
  });
});

describe("what came through somebody else's hands is not local", () => {
  test.each([
    ["a foreign Host", { Host: "evil.example.com" }],
    ["a foreign Host with our port", { Host: "evil.example.com:3000" }],
    ["Forwarded", { Forwarded: "for=127.0.0.1" }],
    ["X-Forwarded-For", { "X-Forwarded-For": "127.0.0.1" }],
    ["X-Forwarded-Proto", { "X-Forwarded-Proto": "https" }],
    ["X-Real-IP", { "X-Real-IP": "127.0.0.1" }],
    ["CF-Connecting-IP", { "CF-Connecting-IP": "127.0.0.1" }],
  ])("%s gets nothing without a token", async (_what, headers) => {
    const { url, server } = await startServer();
    await server.mutate("p1", { op: "create", collection: "tasks", id: "t1", value: { title: "secret" } });
    const api = await ask(`${url}/api/tasks?projectId=p1`, { headers });
    expect(api.status).toBe(401);
    expect(api.json()).toMatchObject({ code: "UNAUTHENTICATED" });
    expect((await ask(`${url}/metrics`, { headers })).status).toBe(401);
    expect((await ask(`${url}/ws-status`, { headers })).json<ServerStatus>().namespaces.ui.rooms).toEqual({});
    for (const told of [toldOverWebSocket, toldOverPolling]) {
      expect(await told(url, headers)).toEqual({
        message: "Authentication required",
        data: { code: "UNAUTHENTICATED" },
      });
    }
  });

  test("a connection that was local stays so only while all of its requests are", async () => {
    const { url, port } = await startServer();
    const opened = await ask(`${url}${HANDSHAKE}`);
    const { sid } = JSON.parse(opened.text.slice(1)) as { sid: string };
    const headers = { "X-Forwarded-For": "10.0.0.1" };
    expect(
      (await ask(`${url}${HANDSHAKE}&sid=${sid}`, { method: "POST", headers, body: "40/ui," })).status,
    ).toBe(403);
    expect(await upgrade(port, `/socket.io/?EIO=4&transport=websocket&sid=${sid}`, headers)).toContain("403");
  });

  test("nobody is local when local trust is off", async () => {
    const { url } = await startServer({ localTrust: false });
    expect((await ask(`${url}/api/tasks`)).status).toBe(401);
    expect(await toldOverWebSocket(url, {})).toMatchObject({ message: "Authentication required" });
  });

  test("a phone page is never local", async () => {
    const { url } = await startServer();
    expect(await refusal(openClient(url, "/mobile", { auth: { projectId: "p1" } }))).toEqual({
      message: "Authentication required",
      data: { code: "UNAUTHENTICATED" },
    });
  });
});

test("a server without tokens does not listen where others could reach it", async () => {
  const { server } = await startServer();
  await expect(server.listen({ port: 0, host: "0.0.0.0" })).rejects.toThrow(/not loopback/);
});
