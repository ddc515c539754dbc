import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { PATIENCE_MS } from "../support/patience.ts";
import { connected, event, openClient, refusal, requested, startServer } from "./running-server.ts";

test.each([["websocket"], ["polling"]])(
  "a local client is told who it is first, over %s",
  async (transport) => {
    const { url, server } = await startServer();
    const { status } = await connected(url, "/ui", { transports: [transport], auth: { projectId: "p1" } });
    expect(status).toMatchObject({
      status: "connected",
      serverId: server.serverId,
      protocol: 1,
      userId: "local",
      role: "editor",
      pingIntervalMs: 25_000,
      pingTimeoutMs: 20_000,
    });
    expect(status["connectionId"]).toMatch(/./);
    expect(status["clientId"]).toMatch(/./);
  },
);

test("a refused connection says why, with its code", async () => {
  const { url } = await startServer({ auth: { secret: "x".repeat(32) } });
  const refused = async (namespace: string, auth: object) => refusal(openClient(url, namespace, { auth }));
  expect(await refused("/ui", {})).toEqual({
    message: "Authentication required",
    data: { code: "UNAUTHENTICATED" },
  });
  expect(await refused("/ui", { token: "nonsense" })).toEqual({
    message: "Invalid authentication token",
    data: { code: "UNAUTHENTICATED" },
  });
  expect(await refused("/terminal", {})).toMatchObject({
    message: "Authentication required for terminal access",
  });
  expect(await refused("/cli", {})).toEqual({
    message: "sessionId and projectId required",
    data: { code: "BAD_REQUEST" },
  });
  expect(await refused("/nowhere", {})).toMatchObject({ message: "Invalid namespace" });
});

test("a verifier that does not answer is the server's trouble, not the token's", async () => {
  const verifyToken = () => new Promise<never>(() => undefined);
  const { url } = await startServer({ auth: { verifyToken }, limits: { authenticateMs: 500 } });
  expect(await refusal(openClient(url, "/ui", { auth: { token: "t" } }))).toEqual({
    message: "Authentication is not available now",
    data: { code: "UNAVAILABLE", retryAfterMs: 1_000 },
  });
});

test("namespaces share one connection, and leave it one by one", async () => {
  const { url, server } = await startServer();
  const ui = openClient(url, "/ui", { auth: { projectId: "p1" } });
  await event(ui, "connection_status");
  const terminal = ui.io.socket("/terminal", { auth: { projectId: "p1" } });
  await event(terminal, "connection_status");
  expect(server.status().engine.totalClients).toBe(1);
  terminal.disconnect();
  expect(await requested(ui, "focus:sync", { projectId: "p1" })).toMatchObject({
    success: true,
  });
});

test("a malformed payload gets BAD_REQUEST with the path of the fault, and the connection stays", async () => {
  const { url } = await startServer();
  const { socket } = await connected(url, "/ui", { auth: { projectId: "p1" } });
  const answer = await requested(socket, "mutate", {
    mutationId: "c:1",
    op: "update",
    collection: "tasks",
    id: "t1",
    patches: [{ op: "replace", path: ["title", -1], value: 1 }],
  });
  expect(answer).toMatchObject({
    success: false,
    code: "BAD_REQUEST",
    details: { issues: [{ path: ["patches", 0, "path", 1] }] },
  });
  expect(await requested(socket, "project:list", {})).toMatchObject({ success: true });
});

test("a fault without an ack comes as error_message", async () => {
  const { url } = await startServer();
  const { socket } = await connected(url, "/ui");
  const told = event(socket, "error_message");
  socket.emit("focus:set", { sessionId: 7 });
  expect(await told).toMatchObject({ event: "focus:set", code: "BAD_REQUEST" });
});

test("unknown events and odd ones are ignored, and counted", async () => {
  const { url } = await startServer();
  const { socket } = await connected(url, "/ui");
  for (const name of ["nonsense", "error", "__proto__", "constructor", "message", ""])
    socket.emit(name, { a: 1 });
  expect(await requested(socket, "project:list", {})).toMatchObject({ success: true });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('holdfast_events_unknown_total{namespace="/ui"} 6');
});

test.each([["websocket"], ["polling"]])(
  "a frame over 1 MiB ends that connection only, over %s",
  async (transport) => {
    const { url } = await startServer();
    const options = { transports: [transport], auth: { projectId: "p1" } };
    const { socket } = await connected(url, "/ui", options);
    const { socket: other } = await connected(url, "/ui", options);
    const gone = once(socket as never, "disconnect", { signal: AbortSignal.timeout(PATIENCE_MS) });
    socket.emit("mutate", { filler: "x".repeat(1024 * 1024 + 1) });
    await gone;
    expect(await requested(other, "project:list", {})).toMatchObject({ success: true });
  },
);

test("a frame just under 1 MiB is taken", async () => {
  const { url } = await startServer();
  const { socket } = await connected(url, "/ui");
  const filler = "x".repeat(1024 * 1024 - 100);
  expect(await requested(socket, "project:list", { filler })).toMatchObject({
    success: true,
  });
});

test("what cannot be read ends that connection only", async () => {
  const { url } = await startServer();
  const { socket: other } = await connected(url, "/ui");
  for (const packet of [
    "2",
    "9",
    "42",
    "42{}",
    '42["connect"]',
    "5",
    "51-[]",
    "4",
    "450-",
    "\u0000",
    '2/ui,["x"',
    "0/ui,7",
  ]) {
    const { socket } = await connected(url, "/ui");
    const engine = socket.io.engine;
    const gone = once(engine as never, "close", { signal: AbortSignal.timeout(PATIENCE_MS) });
    engine.write(packet);
    await gone.catch(() => {
      throw new Error(`the connection stayed after ${JSON.stringify(packet)}`);
    });
  }
  expect(await requested(other, "project:list", {})).toMatchObject({ success: true });
});

describe("what is sent to many", () => {
  test.each([1, 60, 125, 126, 65_535, 65_536, 200_000])(
    "arrives whole over WebSocket and polling when its text has about %i bytes",
    async (bytes) => {
      const { url, server } = await startServer();
      const auth = { projectId: "p1" };
      const clients = await Promise.all([
        connected(url, "/ui", { auth }),
        connected(url, "/ui", { auth }),
        connected(url, "/ui", { auth, transports: ["polling"] }),
        connected(url, "/mobile", { auth: { ...auth, token: "any" } }),
      ]);
      // Two bytes each: characters are not bytes.
      const payload = { text: "é".repeat(Math.ceil(bytes / 2)) };
      const told = clients.map(({ socket }) => event(socket, "bootstrap"));
      server.bootstrap.set("p1", "init", payload);
      for (const bootstrap of await Promise.all(told))
        expect(bootstrap).toMatchObject({ slot: "init", payload });
    },
  );

  test("arrives in the order of sending, whether one or many are told, before and after an upgrade", async () => {
    const { url, server } = await startServer();
    const { socket } = await connected(url, "/ui", {
      auth: { projectId: "p1" },
      transports: ["polling", "websocket"],
    });
    const seqs: number[] = [];
    socket.on("task:created", ({ seq }: { seq: number }) => seqs.push(seq));
    const all = Array.from({ length: 200 }, (_, index) => index + 1);
    for (const n of all) {
      await server.mutate("p1", { op: "create", collection: "tasks", value: { title: `task ${n}` } });
      // Answers to one and events to all share the way.
      if (n % 20 === 0) await requested(socket, "project:list");
    }
    await requested(socket, "project:list");
    expect(seqs).toEqual(all);
  });
});
