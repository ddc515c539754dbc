import { setupServer } from "msw/node";
import { io } from "socket.io-client";
import { afterEach, expect, test, vi } from "vitest";
import { createClient } from "../../sdk/client.ts";
import { aTask, createFactories, createMockServer } from "../../sdk/testing/index.ts";
import { CurrentWebSocket } from "../support/current-web-socket.ts";
import { status } from "./on-both.ts";

const url = "wss://live.example.com";
const closers: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closers.splice(0).reverse()) await close();
});

test("a thousand mocks in one process do not see each other", async () => {
  const mocks = Array.from({ length: 1_000 }, () => createMockServer());
  const clients = mocks.map((mock) => createClient({ url, projectId: "p1", ...mock.clientOptions }));
  await Promise.all(clients.map((client) => client.connect()));
  await Promise.all(clients.map((client, n) => client.tasks.create({ id: "t", title: `of ${n}` }).synced));
  expect(
    mocks.map((mock) =>
      mock
        .project("p1")
        .state()
        .tasks.map(({ title }) => title),
    ),
  ).toEqual(mocks.map((_, n) => [`of ${n}`]));
  await Promise.all([...clients, ...mocks].map((one) => one.close()));
});

test("the same calls give the same ids, epochs and entities", () => {
  const run = () => {
    const { aTask: task, aSession } = createFactories();
    const mock = createMockServer({ projects: { p1: { tasks: [task(), task()], sessions: [aSession()] } } });
    mock.project("p1").create("mail", { fromSessionId: "x", subject: "s", body: "b" });
    const { tasks, sessions, mail } = mock.project("p1").state();
    return [...tasks, ...sessions, ...mail].map(({ id, version, seq }) => ({ id, version, seq }));
  };
  expect(run()).toEqual(run());
  expect(aTask().id).not.toBe(aTask().id);
});

test("listening after the client was made, and msw after that, changes nothing", async () => {
  const mock = createMockServer({ url });
  const { handlers } = mock;
  const client = createClient({ url, projectId: "p1", ...mock.clientOptions });
  const server = setupServer(...handlers);
  server.listen({ onUnhandledFrame: "error" });
  closers.push(
    () => server.close(),
    () => mock.close(),
    () => client.close(),
  );
  await client.connect();
  server.resetHandlers();
  await client.tasks.create({ title: "still there" }).synced;
});

test("a client that is imported only when msw listens already is carried too", async () => {
  const mock = createMockServer({ url });
  const server = setupServer(...mock.handlers);
  server.listen({ onUnhandledFrame: "error" });
  vi.resetModules();
  const late = await import("../../sdk/client.ts");
  expect(late.createClient).not.toBe(createClient);
  const client = late.createClient({ url, projectId: "p1", ...mock.clientOptions });
  closers.push(
    () => server.close(),
    () => mock.close(),
    () => client.close(),
  );
  await client.connect();
  await client.tasks.create({ title: "carried" }).synced;
});

test("reset and close leave no connection, whatever msw forgot", async () => {
  const mock = createMockServer({ url });
  const server = setupServer(...mock.handlers);
  server.listen({ onUnhandledFrame: "error" });
  closers.push(() => server.close());
  const client = createClient({ url, projectId: "p1", ...mock.clientOptions });
  closers.push(() => client.close());
  await client.connect();
  await client.tasks.create({ title: "of this test" }).synced;
  mock.reset();
  await status(client, "waiting");
  await client.whenLive();
  expect(client.tasks.list()).toEqual([]);
  await mock.close();
  await mock.close();
  await status(client, "refused");
});

test("a bare socket.io client is served over polling too", async () => {
  const mock = createMockServer({ url: "http://polls.example.com", projects: { p1: {} } });
  const server = setupServer(...mock.handlers);
  server.listen({ onUnhandledFrame: "error" });
  const socket = io("http://polls.example.com/ui", {
    transports: ["polling"],
    reconnection: false,
    forceNew: true,
  });
  closers.push(
    () => server.close(),
    () => mock.close(),
    () => socket.close(),
  );
  const greeting = await new Promise((resolve) => socket.once("connection_status", resolve));
  expect(greeting).toMatchObject({ status: "connected", userId: "local" });
  expect(await socket.emitWithAck("project:list", {})).toMatchObject({
    success: true,
    projects: [{ id: "p1" }],
  });
  const bytes = new Uint8Array([104, 105]);
  await socket.emitWithAck("terminal:register", { sessionId: "s1", ptyId: "p", projectId: "p1" });
  expect(await socket.emitWithAck("terminal:output", { ptyId: "p", data: bytes })).toMatchObject({
    offset: 2,
  });
  const lost = new Promise((resolve) => socket.once("disconnect", resolve));
  mock.faults.offline();
  expect(await lost).toMatch(/transport/);
});

test("an unknown namespace is refused", async () => {
  const mock = createMockServer({ url });
  const server = setupServer(...mock.handlers);
  server.listen({ onUnhandledFrame: "error" });
  const socket = io(`${url}/nowhere`, {
    transports: [CurrentWebSocket],
    reconnection: false,
    forceNew: true,
  });
  closers.push(
    () => server.close(),
    () => mock.close(),
    () => socket.close(),
  );
  const error = await new Promise<Error>((resolve) => socket.once("connect_error", resolve));
  expect(error.message).toBe("Invalid namespace");
});

test.each(["memory", "msw"])("under fake timers over %s: heartbeats, silence, retries", async (transport) => {
  vi.useFakeTimers();
  const mock = createMockServer({ url });
  if (transport === "msw") {
    const server = setupServer(...mock.handlers);
    server.listen({ onUnhandledFrame: "error" });
    closers.push(() => server.close());
  }
  const client = createClient({ url, projectId: "p1", ...mock.clientOptions });
  closers.push(
    () => mock.close(),
    () => client.close(),
  );
  const connected = client.connect();
  await vi.advanceTimersByTimeAsync(50);
  await connected;
  await vi.advanceTimersByTimeAsync(300_000);
  expect(client.status.getSnapshot().name).toBe("live");
  mock.faults.latency(2_000);
  const made = client.tasks.create({ title: "late" });
  await vi.advanceTimersByTimeAsync(1_900);
  expect(mock.project("p1").state().tasks).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_200);
  await made.acknowledged;
  mock.faults.latency(0);
  mock.faults.blackhole();
  await vi.advanceTimersByTimeAsync(46_000);
  expect(client.status.getSnapshot().name).not.toBe("live");
  mock.faults.online();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(client.status.getSnapshot().name).toBe("live");
});
