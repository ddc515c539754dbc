import { describe, expect, test } from "vitest";
import { Refused } from "../raw-client.ts";
import type { ConnectOptions, OpenServer, TokenClaims } from "../server-under-test.ts";
import { anyNumber, matching } from "./matchers.ts";
import { createWriter, withServer } from "./with-server.ts";

interface Rejection {
  readonly name: string;
  readonly how: ConnectOptions;
  readonly claims?: TokenClaims;
  readonly message: string;
  readonly code: string;
}

const REJECTIONS: readonly Rejection[] = [
  { name: "/ui without a token", how: {}, message: "Authentication required", code: "UNAUTHENTICATED" },
  {
    name: "/ui with rubbish for a token",
    how: { auth: { token: "rubbish" } },
    message: "Invalid authentication token",
    code: "UNAUTHENTICATED",
  },
  {
    name: "/ui with a token that is no text",
    how: { auth: { token: 7 } },
    message: "Invalid authentication token",
    code: "UNAUTHENTICATED",
  },
  {
    name: "/ui with an expired token",
    how: {},
    claims: { lifetimeMs: -60_000 },
    message: "Invalid authentication token",
    code: "TOKEN_EXPIRED",
  },
  {
    name: "/ui for a project the token may not read",
    how: { auth: { projectId: "p2" } },
    claims: { projects: { p1: "editor" } },
    message: "Forbidden",
    code: "FORBIDDEN",
  },
  {
    name: "/mobile without a token, before it is asked for a project",
    how: { namespace: "/mobile", local: true },
    message: "Authentication required",
    code: "UNAUTHENTICATED",
  },
  {
    name: "/mobile without a project",
    how: { namespace: "/mobile" },
    claims: {},
    message: "projectId required",
    code: "BAD_REQUEST",
  },
  {
    name: "/cli without ids, before it is asked for a token",
    how: { namespace: "/cli", auth: { projectId: "p1" } },
    message: "sessionId and projectId required",
    code: "BAD_REQUEST",
  },
  {
    name: "/cli without a token",
    how: { namespace: "/cli", auth: { projectId: "p1", sessionId: "s1" } },
    message: "Authentication required",
    code: "UNAUTHENTICATED",
  },
  {
    name: "/terminal without a token",
    how: { namespace: "/terminal" },
    message: "Authentication required for terminal access",
    code: "UNAUTHENTICATED",
  },
  {
    name: "/terminal with rubbish for a token",
    how: { namespace: "/terminal", auth: { token: "rubbish" } },
    message: "Invalid token",
    code: "UNAUTHENTICATED",
  },
  {
    name: "/ without a token",
    how: { namespace: "/" },
    message: "Authentication required",
    code: "UNAUTHENTICATED",
  },
  {
    name: "an unknown protocol, after everything else",
    how: { auth: { protocol: 2 } },
    claims: {},
    message: "Unsupported protocol version",
    code: "UNSUPPORTED_VERSION",
  },
];

export function describeConnecting(name: string, open: OpenServer): void {
  describe(`connecting over ${name}`, () => {
    const start = withServer(open);

    for (const { name: what, how, claims, message, code } of REJECTIONS) {
      test(`${what} is refused: ${message}`, async () => {
        const { connect, token } = await start();
        const auth = { ...how.auth, ...(claims === undefined ? {} : { token: await token(claims) }) };
        const refusal = await connect({ local: false, ...how, auth }).catch((error: unknown) => error);
        expect(refusal).toBeInstanceOf(Refused);
        expect(refusal).toMatchObject({ message, data: { code } });
      });
    }

    test("an id outside of the alphabet is refused", async () => {
      const { connect } = await start();
      const refusal = await connect({ auth: { projectId: "no spaces" } }).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ data: { code: "BAD_REQUEST" } });
    });

    test("a token says who it is, what it may, and until when", async () => {
      const { connect, token } = await start();
      const client = await connect({
        local: false,
        namespace: "/mobile",
        auth: {
          token: await token({ sub: "ann", projects: { p1: "viewer" } }),
          projectId: "p1",
          clientId: "c1",
        },
      });
      expect(client.events[0]?.payload).toMatchObject({
        userId: "ann",
        role: "viewer",
        clientId: "c1",
        protocol: 1,
        tokenExpiresAt: anyNumber,
        pingIntervalMs: 25_000,
        pingTimeoutMs: 20_000,
      });
    });

    test("a client without a clientId is given one", async () => {
      const { connect } = await start();
      expect((await connect()).events[0]?.payload).toMatchObject({
        clientId: matching(/^[A-Za-z0-9._:-]{1,128}$/),
      });
    });

    test("a viewer reads, and may not mutate, focus or publish", async () => {
      const { connect, token, page } = await start();
      await createWriter(await page()).create("sessions", "s1", { name: "one" });
      const viewer = await connect({
        local: false,
        auth: { token: await token({ projects: { p1: "viewer" } }), projectId: "p1" },
      });
      expect(await viewer.request("state:sync", {})).toMatchObject({
        success: true,
        sessions: [{ id: "s1" }],
      });
      const forbidden = { success: false, code: "FORBIDDEN" };
      const refused = await createWriter(viewer).create("tasks", "t1", { title: "no" });
      expect(refused).toMatchObject(forbidden);
      expect(await createWriter(viewer).create("tasks", "t1", { title: "no" })).toEqual({
        ...refused,
        replayed: true,
      });
      expect(await viewer.request("focus:set", { sessionId: "s1", focused: true })).toMatchObject(forbidden);
      expect(await viewer.request("channel:publish", { channel: "git", data: 1 })).toMatchObject(forbidden);
      expect(await viewer.request("channel:subscribe", { channel: "git" })).toMatchObject({ success: true });
    });

    test("somebody without access to a project gets nothing of it", async () => {
      const { connect, token, page } = await start();
      const stranger = await connect({
        local: false,
        auth: { token: await token({ projects: { p2: "editor" } }) },
      });
      const forbidden = { success: false, code: "FORBIDDEN" };
      for (const [event, payload] of [
        ["state:sync", { projectId: "p1" }],
        ["project:subscribe", { projectId: "p1" }],
        ["focus:sync", { projectId: "p1" }],
        ["channel:subscribe", { projectId: "p1", channel: "git" }],
        ["mutate", { projectId: "p1", mutationId: "x:1", op: "remove", collection: "tasks", id: "t1" }],
      ] as const) {
        expect(await stranger.request(event, payload)).toMatchObject(forbidden);
      }
      const writer = createWriter(await page());
      await writer.create("sessions", "s1", { name: "one" });
      expect(await stranger.request("subscribe", { sessionIds: ["s1", "later"] })).toMatchObject({
        sessionIds: ["later"],
        denied: ["s1"],
      });
      await writer.create("sessions", "later", { name: "two" });
      await writer.set("sessions", "later", { status: "completed" });
      // Its own project's events come; nothing of the other one came before.
      await createWriter(stranger).mutate({
        projectId: "p2",
        op: "create",
        collection: "projects",
        id: "p2",
        value: { name: "two" },
      });
      await stranger.next("project:created");
      expect(stranger.events.map(({ event }) => event)).toEqual([
        "connection_status",
        "subscribed",
        "project:created",
      ]);
    });

    test("a new connection of the same client replaces the live one", async () => {
      const { page } = await start();
      const first = await page({ clientId: "c1" });
      const second = await page({ clientId: "c1" });
      expect(await first.next("connection_replaced")).toEqual({});
      expect(await first.closed).toBe("kicked");
      expect(await second.request("state:sync", {})).toMatchObject({ success: true });
    });

    test("a refreshed token of the same user is taken for every namespace of the connection", async () => {
      const { connect, token } = await start();
      const client = await connect({
        local: false,
        auth: { token: await token({ projects: { p1: "viewer" } }), projectId: "p1" },
      });
      const terminal = await client.join("/terminal");
      const ack = await terminal.request("auth:refresh", {
        token: await token({ projects: { p1: "editor" } }),
      });
      expect(ack).toMatchObject({ success: true, expiresAt: anyNumber });
      expect(await createWriter(client).create("tasks", "t1", { title: "now" })).toMatchObject({
        success: true,
      });
    });

    test("another user's token changes nothing", async () => {
      const { connect, token } = await start();
      const client = await connect({ local: false, auth: { token: await token(), projectId: "p1" } });
      expect(await client.request("auth:refresh", { token: await token({ sub: "u2" }) })).toMatchObject({
        code: "SUBJECT_CHANGED",
      });
      expect(await client.request("auth:refresh", { token: "rubbish" })).toMatchObject({
        code: "UNAUTHENTICATED",
      });
      expect(await createWriter(client).create("tasks", "t1", { title: "still" })).toMatchObject({
        success: true,
      });
    });

    test("a project lost by refresh is left, and said", async () => {
      const { connect, token, page } = await start();
      const client = await connect({
        local: false,
        auth: { token: await token({ projects: { p1: "editor", p2: "editor" } }), projectId: "p1" },
      });
      await client.request("project:subscribe", { projectId: "p2" });
      await client.request("auth:refresh", { token: await token({ projects: { p2: "editor" } }) });
      expect(await client.next("access:revoked")).toEqual({ projectId: "p1" });
      await createWriter(await page()).create("tasks", "t1", { title: "secret" });
      await createWriter(client).mutate({
        projectId: "p2",
        op: "create",
        collection: "tasks",
        id: "t2",
        value: { title: "x" },
      });
      expect(await client.next("task:created")).toMatchObject({ projectId: "p2" });
    });

    test("a token about to expire is announced, and ends the socket when it has expired", async () => {
      const { connect, token } = await start({ limits: { expiringMs: 60_000, clockToleranceMs: 1 } });
      const client = await connect({ local: false, auth: { token: await token({ lifetimeMs: 1_000 }) } });
      expect(await client.next("auth:expiring")).toEqual({ expiresAt: anyNumber });
      expect(await client.next("auth:expired")).toEqual({});
      expect(await client.closed).toBe("kicked");
    });

    test("old clients' ping is answered", async () => {
      const { connect } = await start();
      const client = await connect();
      client.emit("ping");
      expect(await client.next("pong")).toEqual({ timestamp: anyNumber });
    });

    test("a shutdown is announced to each socket with a delay of its own, then closes it", async () => {
      const { page, hub } = await start();
      const clients = [await page(), await page(), await page()];
      const closing = hub.close();
      const told = await Promise.all(clients.map((client) => client.next("server:shutdown")));
      const delays = told.map((payload) => (payload as { reconnectAfterMs: number }).reconnectAfterMs);
      expect(new Set(delays).size).toBe(3);
      expect(await Promise.all(clients.map(({ closed }) => closed))).toEqual(["kicked", "kicked", "kicked"]);
      await closing;
    });
  });
}
