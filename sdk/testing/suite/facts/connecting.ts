import { anyNumber, expect, matching } from "../expect.ts";
import type { StateFacts } from "../fact.ts";
import { at } from "../read.ts";
import { createWriter } from "../writer.ts";

export const connecting: StateFacts = (fact) => {
  fact("an id outside of the alphabet is refused", async ({ connect }) => {
    const refusal = await connect({ auth: { projectId: "no spaces" } }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ data: { code: "BAD_REQUEST" } });
  });

  fact(
    "a token says who it is, what it may, and until when",
    { needs: ["tokens", "remote"] },
    async ({ connect, token }) => {
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
    },
  );

  fact("a client without a clientId is given one", async ({ connect }) => {
    expect((await connect()).events[0]?.payload).toMatchObject({
      clientId: matching(/^[A-Za-z0-9._:-]{1,128}$/),
    });
  });

  fact(
    "a viewer reads, and may not mutate, focus or publish",
    { needs: ["tokens", "remote"] },
    async ({ connect, token, page }) => {
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
    },
  );

  fact(
    "somebody without access to a project gets nothing of it",
    { needs: ["tokens", "remote"] },
    async ({ connect, token, page }) => {
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
    },
  );

  fact("a new connection of the same client replaces the live one", async ({ page }) => {
    const first = await page({ clientId: "c1" });
    const second = await page({ clientId: "c1" });
    expect(await first.next("connection_replaced")).toEqual({});
    expect(await first.closed).toBe("kicked");
    expect(await second.request("state:sync", {})).toMatchObject({ success: true });
  });

  fact(
    "a refreshed token of the same user is taken for every namespace of the connection",
    { needs: ["tokens", "remote"] },
    async ({ connect, token }) => {
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
    },
  );

  fact(
    "another user's token changes nothing",
    { needs: ["tokens", "remote"] },
    async ({ connect, token }) => {
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
    },
  );

  fact(
    "a project lost by refresh is left, and said",
    { needs: ["tokens", "remote"] },
    async ({ connect, token, page }) => {
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
    },
  );

  fact(
    "a token about to expire is announced, and ends the socket when it has expired",
    { setup: { limits: { expiringMs: 60_000, clockToleranceMs: 1 } }, needs: ["tokens", "remote"] },
    async ({ connect, token }) => {
      const client = await connect({ local: false, auth: { token: await token({ lifetimeMs: 1_000 }) } });
      expect(await client.next("auth:expiring")).toEqual({ expiresAt: anyNumber });
      expect(await client.next("auth:expired")).toEqual({});
      expect(await client.closed).toBe("kicked");
    },
  );

  fact("old clients' ping is answered", async ({ connect }) => {
    const client = await connect();
    client.emit("ping");
    expect(await client.next("pong")).toEqual({ timestamp: anyNumber });
  });

  fact(
    "a shutdown is announced to each socket with a delay of its own, then closes it",
    { needs: ["shutdown"] },
    async ({ page, shutDown }) => {
      const clients = [await page(), await page(), await page()];
      const closing = shutDown();
      const told = await Promise.all(clients.map((client) => client.next("server:shutdown")));
      const delays = told.map((payload) => at(payload, "reconnectAfterMs"));
      expect([...new Set(delays)]).toHaveLength(3);
      expect(await Promise.all(clients.map(({ closed }) => closed))).toEqual(["kicked", "kicked", "kicked"]);
      await closing;
    },
  );
};
