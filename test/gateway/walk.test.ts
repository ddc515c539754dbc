import { once } from "node:events";
import type { Socket } from "socket.io-client";
import { expect, test } from "vitest";
import { PATIENCE_MS } from "../support/patience.ts";
import { openPlain } from "../websocket/plain-client.ts";
import { ask, connected, event, openClient, refusal, requested, startServer } from "./running-server.ts";

/*
 * Once through docs/protocol.md with clients that know nothing else: a bare socket.io-client, a bare `ws`, plain HTTP.
 * What each section promises in full is tested elsewhere; here each must work as it stands on the page.
 */
const number: unknown = expect.any(Number);
const string: unknown = expect.any(String);
const mutation = (n: number, fields: object): object => ({
  mutationId: `walker:${n}`,
  projectId: "p1",
  ...fields,
});
const aTask = (n: number, id: string): object =>
  mutation(n, { op: "create", collection: "tasks", id, value: { title: `task ${id}` } });

/** Everything a socket is sent from now on. */
function heard(socket: Socket): Array<{ readonly name: string; readonly payload: unknown }> {
  const events: Array<{ name: string; payload: unknown }> = [];
  socket.onAny((name: string, payload: unknown) => events.push({ name, payload }));
  return events;
}

test("1, 3: polling and WebSocket, a first event, a replaced connection", async () => {
  const { url } = await startServer();
  const auth = { projectId: "p1", clientId: "me" };
  const { socket, status } = await connected(url, "/ui", { auth, transports: ["polling"] });
  expect(status).toMatchObject({
    status: "connected",
    clientId: "me",
    protocol: 1,
    userId: "local",
    role: "editor",
  });
  expect(await requested(socket, "project:list")).toMatchObject({ success: true, projects: [] });
  const replaced = event(socket, "connection_replaced");
  const gone = once(socket as never, "disconnect");
  await connected(url, "/ui", { auth });
  expect(await replaced).toEqual({});
  await gone;
  const other = openClient(url, "/ui", { auth: { protocol: 2 } });
  expect(await refusal(other)).toEqual({
    message: "Unsupported protocol version",
    data: { code: "UNSUPPORTED_VERSION" },
  });
});

test("2: acks, errors without one, events nobody knows", async () => {
  const { url } = await startServer();
  const { socket } = await connected(url, "/ui", { auth: { projectId: "p1" } });
  const told = event(socket, "error_message");
  socket.emit("focus:set", { projectId: "p1", sessionId: "none", focused: true });
  expect(await told).toEqual({ event: "focus:set", error: string, code: "NOT_FOUND" });
  socket.emit("nobody:knows", {});
  expect(await requested(socket, "mutate", { mutationId: "x" })).toMatchObject({
    ...{ success: false, code: "BAD_REQUEST" },
    details: {
      issues: expect.arrayContaining([{ path: expect.any(Array) as unknown, message: string }]) as unknown,
    },
  });
});

test("4, 5, 6: a full sync by ack alone, a mutation, its events, a delta, a frame of changes", async () => {
  const { url } = await startServer();
  const { socket: old } = await connected(url, "/ui", { auth: { projectId: "p1" } });
  const { socket: batching } = await connected(url, "/ui", {
    auth: { projectId: "p1", protocol: 1, batch: true },
  });
  const full = (await old.timeout(PATIENCE_MS).emitWithAck("state:sync")) as { epoch: string; seq: number };
  expect(full).toMatchObject({ success: true, mode: "snapshot", seq: 0, tasks: [], project: null });
  const created = event(old, "task:created");
  const framed = event(batching, "events");
  expect(await requested(old, "mutate", aTask(1, "t1"))).toMatchObject({
    success: true,
    result: { id: "t1", version: 1, status: "todo", sessionIds: [] },
    ...{ seq: 1, epoch: full.epoch },
  });
  expect(await created).toMatchObject({
    type: "task:created",
    event: "task:created",
    seq: 1,
    mutationId: "walker:1",
  });
  expect(await framed).toMatchObject({ events: [{ event: "task:created", seq: 1 }] });
  const completed = event(old, "notify:task_completed");
  const patches = [{ op: "replace", path: ["status"], value: "completed" }];
  const update = mutation(2, { op: "update", collection: "tasks", id: "t1", patches });
  const first = await requested(old, "mutate", update);
  expect(await completed).toMatchObject({ seq: 3, data: { taskId: "t1" } });
  expect(await requested(old, "mutate", update)).toEqual({ ...first, replayed: true });
  const delta = await requested(old, "state:sync", { since: { epoch: full.epoch, seq: 1 } });
  expect(delta).toMatchObject({
    ...{ mode: "delta", from: 1, seq: 3 },
    changes: { tasks: { upserted: [{ id: "t1", version: 2 }], removed: [] } },
    events: [{ event: "notify:task_completed", seq: 3 }],
  });
});

test("6: the same over HTTP", async () => {
  const { url } = await startServer();
  const post = {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": "k" },
    body: '{"title":"x"}',
  };
  const made = await ask(`${url}/api/tasks?projectId=p1`, post);
  expect(made.status).toBe(201);
  const again = await ask(`${url}/api/tasks?projectId=p1`, post);
  expect([again.status, again.text]).toEqual([201, made.text]);
  const patch = {
    method: "PATCH",
    headers: { "content-type": "application/merge-patch+json", "if-match": '"9"' },
    body: '{"title":"y"}',
  };
  const stale = await ask(`${url}/api/tasks/${made.json().id}?projectId=p1`, patch);
  expect([stale.status, stale.json().code]).toEqual([409, "CONFLICT"]);
  expect((await ask(`${url}/api/tasks?projectId=p1`)).json()).toMatchObject({
    items: [{ title: "x" }],
    epoch: string,
    seq: 1,
  });
});

test("7, 13: an agent's session, focused, reports and is answered", async () => {
  const { url, server } = await startServer();
  await server.mutate("p1", { op: "create", collection: "sessions", id: "s1", value: { name: "one" } });
  const { socket: page } = await connected(url, "/mobile", { auth: { projectId: "p1", token: "any" } });
  const { socket: agent } = await connected(url, "/cli", { auth: { projectId: "p1", sessionId: "s1" } });
  const focused = event(page, "focus_update");
  expect(
    await requested(page, "focus:set", { projectId: "p1", sessionId: "s1", focused: true }),
  ).toMatchObject({
    ...{ success: true, focusedSessions: ["s1"], totalFocused: 1, maxFocused: 4, version: 1 },
  });
  expect(await focused).toMatchObject({ type: "focus_update", sessionId: "s1", focused: true, version: 1 });
  const asks = event(page, "notify:needs_input");
  expect(await requested(agent, "heartbeat", { status: "busy" })).toEqual({
    success: true,
    serverTime: number,
  });
  await requested(agent, "session:report", { type: "needs_input", message: "which?" });
  expect(await asks).toMatchObject({ data: { sessionId: "s1", message: "which?" } });
  const answered = await requested(page, "session:reply-input", { sessionId: "s1" });
  expect(answered).toMatchObject({ session: { status: "working", needsInput: { active: false } } });
});

test("8: a terminal with an owner and a viewer of before the SDK", async () => {
  const { url } = await startServer();
  const { socket: owner } = await connected(url, "/ui", { auth: { projectId: "p1" } });
  const registered = await requested(owner, "terminal:register", {
    sessionId: "s1",
    ptyId: "7",
    cols: 40,
    rows: 5,
  });
  expect(registered).toMatchObject({
    success: true,
    offset: 0,
    epoch: string,
    resumeKey: string,
    viewers: 0,
  });
  expect(await requested(owner, "terminal:output", { ptyId: "7", data: "grüß" })).toEqual({
    success: true,
    offset: 6,
  });
  const { socket: viewer } = await connected(url, "/terminal", { auth: {} });
  const screen = await requested(viewer, "terminal:watch", { sessionId: "s1" });
  expect(screen).toMatchObject({
    mode: "snapshot",
    cols: 40,
    rows: 5,
    scrollback: expect.stringContaining("grüß") as unknown,
  });
  const output = event(viewer, "terminal:output");
  owner.emit("terminal:output", { ptyId: "7", data: "!" });
  expect(await output).toMatchObject({ sessionId: "s1", offset: 6, data: "!" });
  const typed = event(owner, "terminal:input");
  viewer.emit("terminal:input", { sessionId: "s1", input: "ls\r" });
  expect(await typed).toMatchObject({ ptyId: "7", data: "ls\r" });
  const ended = event(viewer, "terminal:exit");
  owner.emit("terminal:exit", { ptyId: "7", exitCode: 3 });
  expect(await ended).toMatchObject({ sessionId: "s1", exitCode: 3 });
  expect(await requested(viewer, "terminal:watch", { sessionId: "none" })).toMatchObject({
    ...{ code: "NOT_FOUND", error: "Terminal session not found" },
  });
});

test("9, 10: a channel from socket.io to a plain WebSocket and back from HTTP", async () => {
  const { url } = await startServer();
  const plain = await openPlain(url, { projectId: "p1" }, { path: "/" });
  plain.say({ type: "subscribe", channel: "git" });
  await plain.next("subscribed");
  const { socket } = await connected(url, "/ui", { auth: { projectId: "p1" } });
  const subscribed = await requested(socket, "channel:subscribe", { channel: "git" });
  expect(subscribed).toMatchObject({ recovered: true, events: [], offset: 0 });
  const arrived = event(socket, "channel:event");
  const body = JSON.stringify({ projectId: "p1", data: { type: "commit", message: "m" } });
  const sent = await ask(`${url}/api/channels/git`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  expect([sent.status, sent.json()]).toEqual([201, { success: true, epoch: string, offset: 1 }]);
  expect(await arrived).toMatchObject({ type: "event", channel: "git", projectId: "p1", offset: 1 });
  expect(await plain.next("event")).toMatchObject({ channel: "git", data: { type: "commit", message: "m" } });
});

test("11, 12: bootstrap in slot order before anything else; dev-sync in the form it came", async () => {
  const { url, server } = await startServer({
    bootstrap: { slots: [{ name: "started", event: "APP::started" }] },
  });
  server.bootstrap.set("p1", "init", { a: 1 });
  server.bootstrap.set("p1", "started", { b: 2 });
  const page = openClient(url, "/ui", { auth: { projectId: "p1" } });
  const events = heard(page);
  await event(page, "connection_status");
  await requested(page, "project:list");
  expect(events.map(({ name }) => name)).toEqual([
    "connection_status",
    "bootstrap",
    "APP::started",
    "bootstrap",
  ]);
  const { socket: one } = await connected(url, "/");
  const { socket: two } = await connected(url, "/");
  const registration = { pushData: { pushRecepients: [{ cdObjId: { resourceGuid: "g" }, subTypeId: 1 }] } };
  const confirmed = event(one, "push-registered-client");
  one.emit("register-client", JSON.stringify(registration));
  expect(JSON.parse((await confirmed) as string)).toMatchObject({
    pushData: { appSockets: [{ resourceGuid: "g" }] },
  });
  await requested(two, "register-client", registration);
  const saved = event(two, "push-dev-save");
  one.emit("dev-save", '{"path": "a.ts"}');
  expect(await saved).toBe('{"path": "a.ts"}');
});

test("14, 15: a bucket runs dry, the status counts, a shutdown says when to come back", async () => {
  const { url, server } = await startServer();
  const { socket } = await connected(url, "/ui", { auth: { projectId: "p1" } });
  const answers = await Promise.all(Array.from({ length: 260 }, () => requested(socket, "project:list")));
  expect(answers.find(({ success }) => !success)).toMatchObject({
    code: "RATE_LIMITED",
    retryAfterMs: number,
  });
  expect((await ask(`${url}/ws-status`)).json()).toMatchObject({
    namespaces: { ui: { connected: 1, rooms: { "project:p1": 1 } } },
  });
  const told = event(socket, "server:shutdown");
  const gone = once(socket as never, "disconnect");
  await server.close();
  expect(await told).toEqual({ timestamp: number, reconnectAfterMs: number });
  await gone;
});
