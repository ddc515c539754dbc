import { describe, expect, test } from "vitest";
import { signToken } from "../../server/auth/sign-token.ts";
import { connected, startServer } from "../gateway/running-server.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { openPlain, refusedUpgrade } from "./plain-client.ts";

const SECRET = "a secret that is long enough for HS256";
const auth = { secret: SECRET };
const ms: unknown = expect.any(Number);

function tokenFor(
  projects: "*" | Record<string, "viewer" | "editor">,
  { userId = "ada", lifetimeMs = 60_000, now = Date.now() } = {},
): Promise<string> {
  return signToken({ secret: SECRET, userId, projects, lifetimeMs, now });
}

describe("a token", () => {
  test("comes in the query, on either path, or beside the subprotocol", async () => {
    const { url } = await startServer({ auth });
    const token = await tokenFor("*");
    const sockets = await Promise.all([
      openPlain(url, { token }),
      openPlain(url, { token }, { path: "/" }),
      openPlain(url, {}, { protocols: ["holdfast", `token.${token}`] }),
    ]);
    expect(sockets.map(({ socket }) => socket.protocol)).toEqual(["", "", "holdfast"]);
    for (const plain of sockets) {
      plain.say({ type: "ping" });
      await plain.next("pong");
    }
  });

  test("is never logged", async () => {
    const lines: string[] = [];
    const write = (fields: object, message: string): void =>
      void lines.push(JSON.stringify([fields, message]));
    const logger = { debug: write, info: write, warn: write, error: write };
    const { url } = await startServer({ auth, logger });
    const token = await tokenFor("*");
    const plain = await openPlain(url, { token });
    plain.say({ type: "auth", token });
    await plain.next("auth");
    plain.say(`{"type":"auth","token":"${token}"`);
    await plain.next("error");
    await refusedUpgrade(url, { token: `${token}x` });
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join("\n")).not.toContain(token);
  });

  test("that is missing, bad, expired or of another project is refused with problem JSON", async () => {
    const { url } = await startServer({ auth });
    const expired = await tokenFor("*", { now: Date.now() - 600_000 });
    const elsewhere = await tokenFor({ p2: "editor" });
    const cases = [
      [{}, 401, "UNAUTHENTICATED"],
      [{ token: "nonsense" }, 401, "UNAUTHENTICATED"],
      [{ token: expired }, 401, "TOKEN_EXPIRED"],
      [{ token: elsewhere, projectId: "p1" }, 403, "FORBIDDEN"],
      [{ token: elsewhere, projectId: "p 1" }, 400, "BAD_REQUEST"],
    ] as const;
    for (const [query, status, code] of cases) {
      expect(await refusedUpgrade(url, query)).toMatchObject({
        status,
        type: "application/problem+json",
        body: { success: false, status, code },
      });
    }
  });
});

test("a foreign Origin is answered 403 with problem JSON", async () => {
  const { url } = await startServer();
  for (const path of ["/ws", "/"]) {
    const refused = await refusedUpgrade(url, {}, { path, origin: "https://evil.example.com" });
    expect(refused).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
  }
});

test("local trust ends where a proxy begins", async () => {
  const { url } = await startServer();
  const refused = await refusedUpgrade(url, {}, { headers: { "X-Forwarded-For": "10.0.0.1" } });
  expect(refused).toMatchObject({ status: 401, body: { code: "UNAUTHENTICATED" } });
});

describe("a new token in band", () => {
  test("takes the place of the old one", async () => {
    const { url } = await startServer({ auth });
    const plain = await openPlain(url, { token: await tokenFor("*") });
    const token = await tokenFor("*", { lifetimeMs: 3_600_000 });
    plain.say({ type: "auth", token });
    const { expiresAt, ...told } = await plain.next("auth");
    expect(told).toEqual({ type: "auth", timestamp: ms });
    expect(expiresAt).toBeGreaterThan(Date.now() + 3_000_000);
  });

  test("of somebody else, or a bad one, changes nothing", async () => {
    const { url } = await startServer({ auth });
    const plain = await openPlain(url, { token: await tokenFor("*") });
    plain.say({ type: "auth", token: await tokenFor("*", { userId: "bob" }) });
    expect(await plain.next("error")).toMatchObject({ code: "SUBJECT_CHANGED" });
    plain.say({ type: "auth", token: "nonsense" });
    expect(await plain.next("error")).toMatchObject({ code: "UNAUTHENTICATED" });
    plain.say({ type: "auth" });
    expect(await plain.next("error")).toMatchObject({ code: "BAD_REQUEST" });
    plain.say({ type: "ping" });
    await plain.next("pong");
  });

  test("that no longer opens the project closes with 4403", async () => {
    const { url } = await startServer({ auth });
    const plain = await openPlain(url, { token: await tokenFor({ p1: "editor" }), projectId: "p1" });
    plain.say({ type: "auth", token: await tokenFor({ p2: "editor" }) });
    expect((await plain.closed).code).toBe(4403);
  });
});

test("an expired token closes with 4401, after the tolerance", async () => {
  const clock = createManualClock(1_800_000_000_000);
  const { url } = await startServer({ auth, clock });
  const token = await tokenFor("*", { now: clock.now(), lifetimeMs: 60_000 });
  const plain = await openPlain(url, { token });
  // In steps in which the pings of the server are answered.
  for (const ms of [0, 30_000, 30_000, 4_999]) {
    clock.advance(ms);
    plain.say({ type: "ping" });
    await plain.next("pong");
  }
  clock.advance(1);
  expect((await plain.closed).code).toBe(4401);
});

describe("without a project in the URL", () => {
  test("who may read one project hears its channel, who may read two is asked which", async () => {
    const { url, server } = await startServer({ auth });
    const one = await openPlain(url, { token: await tokenFor({ p1: "viewer" }) });
    const two = await openPlain(url, {
      token: await tokenFor({ p1: "viewer", p2: "viewer" }, { userId: "bob" }),
    });
    one.say({ type: "subscribe", channel: "files" });
    await one.next("subscribed");
    two.say({ type: "subscribe", channel: "files" });
    expect(await two.next("error")).toMatchObject({ code: "BAD_REQUEST", error: "projectId required" });
    await server.channels.publish("p2", "files", { file: "b" });
    await server.channels.publish("p1", "files", { file: "a" });
    expect(await one.next("event")).toMatchObject({ projectId: "p1" });
    expect(one.frames).toHaveLength(2);
  });

  test("a session of a foreign project is like one that is not there", async () => {
    const clock = createManualClock(1_800_000_000_000);
    const { url, server } = await startServer({ auth, clock });
    await server.mutate("p1", { op: "create", collection: "sessions", id: "s1", value: { name: "one" } });
    const token = await tokenFor({ p2: "editor" }, { now: clock.now() });
    const plain = await openPlain(url, { token, sessionId: "s1" });
    plain.say({ type: "focus", sessionId: "s1" });
    expect(await plain.next("error")).toMatchObject({ code: "NOT_FOUND" });
    plain.say({ type: "sync_request", sessionId: "s1" });
    expect(await plain.next("error")).toMatchObject({ code: "NOT_FOUND" });
    plain.say({ type: "subscribe", sessionIds: ["s1"] });
    expect(await plain.next("subscribed")).toMatchObject({ sessionIds: [], denied: ["s1"] });
    clock.advance(7_710);
    expect((await plain.closed).code).toBe(1008);
  });
});

test("a viewer may watch, not focus", async () => {
  const { url, server } = await startServer({ auth });
  await server.mutate("p1", { op: "create", collection: "sessions", id: "s1", value: { name: "one" } });
  const plain = await openPlain(url, { token: await tokenFor({ p1: "viewer" }), sessionId: "s1" });
  await plain.next("connection_status");
  plain.say({ type: "focus", sessionId: "s1" });
  expect(await plain.next("error")).toMatchObject({ code: "FORBIDDEN" });
  const { socket } = await connected(url, "/ui", {
    auth: { token: await tokenFor("*", { userId: "bob" }), projectId: "p1" },
  });
  socket.emit("focus:set", { projectId: "p1", sessionId: "s1", focused: true });
  // Whoever shows a session hears the focus of its project.
  expect(await plain.next("focus_update")).toMatchObject({ focusedSessions: ["s1"] });
});
