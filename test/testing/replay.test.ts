import { expect, test } from "vitest";
import { createClient } from "../../sdk/client.ts";
import type { Client } from "../../sdk/interface.ts";
import { aSession, aTask, createMockServer } from "../../sdk/testing/index.ts";
import type { TraceExport } from "../../sdk/trace/create-trace.ts";
import { openSocketIoServer } from "../behaviour/socketio-server.ts";
import { createWriter } from "../behaviour/suite/with-server.ts";
import { CLIENT_LISTENED, listenTo } from "./listen-to.ts";
import { describeOnBoth, eventually, status, statuses } from "./on-both.ts";

/** What a client of a real server recorded over a real network, and what its listeners heard meanwhile. */
async function record(): Promise<{ trace: TraceExport; heard: unknown[]; shown: unknown }> {
  const server = await openSocketIoServer({ bootstrapSlots: ["theme"], limits: { batchMs: 5 } });
  const url = server.plainUrl as string;
  const client = createClient({ url, projectId: "p1", trace: { payloads: true } });
  const other = await server.connect({ auth: { projectId: "p1", protocol: 1, clientId: "other" } });
  const agent = await server.connect({
    namespace: "/cli",
    auth: { projectId: "p1", sessionId: "s1", protocol: 1 },
  });
  const writer = createWriter(other, "other");
  await writer.create("sessions", "s1", { name: "build", status: "working" });
  await writer.create("tasks", "t1", { title: "One", sessionIds: ["s1"], nested: { a: 1, b: 2 } });
  const heard = listenTo(client);
  await client.connect();
  await eventually(() => JSON.stringify(client.trace.export())).toContain('"ack","name":"channel:subscribe"');

  await client.tasks.create({ id: "mine", title: "Mine" }).synced;
  await writer.set("tasks", "t1", { title: "Two", nested: { a: 1 } });
  await writer.mutate({ op: "claim", collection: "tasks", id: "t1", value: { sessionId: "s1" } });
  await agent.request("session:report", { type: "progress", message: "half" });
  await other.request("focus:set", { sessionId: "s1", focused: true });
  await agent.request("session:report", { type: "modal", modalId: "m1", title: "Sure?" });
  await other.request("channel:publish", { channel: "git", data: { type: "commit", message: "one" } });
  server.hub.bootstrap.set("p1", "theme", { dark: true });
  await writer.set("tasks", "t1", { status: "completed" });
  await eventually(() => client.tasks.get("t1")?.status).toBe("completed");
  await eventually(() => client.bootstrap.getSnapshot()).toEqual({ theme: { dark: true } });
  const refused = client.tasks.update("t1", (task) => {
    task.title = "";
  });
  await refused.acknowledged.catch(() => undefined);
  void client.reconnect();
  await eventually(() => client.status.getSnapshot().name).not.toBe("live");
  await writer.remove("tasks", "mine");
  await client.whenLive();
  await writer.create("tasks", "t2", { title: "After" });
  await eventually(() => client.tasks.get("t2")).toBeDefined();
  const trace = JSON.parse(JSON.stringify(client.trace.export())) as TraceExport;
  const shown = shownBy(client);
  await client.close();
  await server.close();
  return { trace, heard, shown };
}

/** What a client shows, but for positions and times, which are each server's own. */
function shownBy(client: Client): unknown {
  const own = (entity: object) => {
    const { version, seq, createdAt, updatedAt, ...fields } = entity as Record<string, unknown>;
    return fields;
  };
  return {
    tasks: client.tasks.list().map(own),
    sessions: client.sessions.list().map(own),
    focused: client.focus.getSnapshot().focusedSessions,
    bootstrap: client.bootstrap.getSnapshot(),
  };
}

const recording = record();
const options = { url: "wss://live.example.com", projectId: "p1" };

describeOnBoth("a replayed recording of a real server", (open) => {
  test("tells the application the same events in the same order, and leaves it with the same state", async () => {
    const { trace, heard, shown } = await recording;
    const { mock, client } = open({ bootstrapSlots: ["theme"] });
    const app = client();
    const replayedTo = listenTo(app);
    const replaying = mock.replay(trace);
    await app.connect();
    const { left, replayed } = await replaying;
    // Refusals are no events; which one it was is said.
    expect(left).toMatchObject([{ name: "mutate", why: expect.stringContaining("BAD_REQUEST") as string }]);
    expect(replayed).toBeGreaterThan(10);
    await eventually(() => shownBy(app)).toEqual(shown);
    expect(replayedTo).toEqual(heard);
    expect(heard.length).toBeGreaterThan(8);
  });

  test("goes on as any mock does", async () => {
    const { trace } = await recording;
    const { mock, live } = open({ bootstrapSlots: ["theme"] });
    const app = await live();
    await mock.replay(trace);
    await app.tasks.update("t2", (task) => {
      task.title = "Edited after the replay";
    }).synced;
    expect(
      mock
        .project("p1")
        .state()
        .tasks.find(({ id }) => id === "t2")?.title,
    ).toBe("Edited after the replay");
  });

  test("breaks the connection where it broke", async () => {
    const first = createMockServer({ projects: { p1: { tasks: [aTask({ id: "t1" })] } } });
    const recorded = createClient({ ...options, ...first.clientOptions, trace: { payloads: true } });
    await recorded.connect();
    first.faults.drop();
    first.project("p1").update("tasks", "t1", { title: "Missed" });
    await eventually(() => recorded.tasks.get("t1")?.title).toBe("Missed");
    const trace = recorded.trace.export();
    await recorded.close();
    await first.close();

    const { mock, live } = open();
    const app = await live();
    const seen = statuses(app);
    const { left } = await mock.replay(trace);
    await app.whenLive();
    expect(left).toEqual([]);
    expect(seen.map(({ name }) => name)).toContain("waiting");
    expect(app.tasks.get("t1")?.title).toBe("Missed");
  });
});

test("a recorded refusal refuses the application too", async () => {
  const first = createMockServer();
  const recorded = createClient({ ...options, ...first.clientOptions, trace: { payloads: true } });
  await recorded.connect();
  first.faults.rejectNext("FORBIDDEN", { event: "connect", message: "Not any more" });
  first.faults.drop();
  await status(recorded, "refused");
  const trace = recorded.trace.export();
  await first.close();

  const mock = createMockServer();
  const app = createClient({ ...options, ...mock.clientOptions });
  await app.connect();
  expect((await mock.replay(trace)).left).toEqual([]);
  const { error } = await status(app, "refused");
  expect(error).toMatchObject({ code: "FORBIDDEN", message: "Not any more" });
  await recorded.close();
  await app.close();
  await mock.close();
});

test("a recorded terminal is shown again", async () => {
  const { attachTerminal } = await import("../../sdk/terminal/index.ts");
  const { default: xterm } = await import("@xterm/headless");
  const screenOf = (client: Client) => {
    const terminal = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
    const attachment = attachTerminal(client, { sessionId: "s1", terminal });
    return { attachment, text: () => terminal.buffer.active.getLine(0)?.translateToString(true) };
  };
  const projects = { p1: { sessions: [aSession({ id: "s1" })] } };
  const first = createMockServer({ projects });
  await first.project("p1").terminal("s1").write("before ");
  const recorded = createClient({ ...options, ...first.clientOptions, trace: { payloads: true } });
  await recorded.connect();
  const original = screenOf(recorded);
  await eventually(() => original.attachment.getSnapshot().status).toBe("live");
  await first.project("p1").terminal("s1").write("and after");
  await eventually(original.text).toBe("before and after");
  const trace = JSON.parse(JSON.stringify(recorded.trace.export())) as TraceExport;
  await recorded.close();
  await first.close();

  const second = createMockServer({ projects });
  const app = createClient({ ...options, ...second.clientOptions });
  await app.connect();
  expect((await second.replay(trace)).left).toEqual([]);
  const shown = screenOf(app);
  await eventually(shown.text).toBe("before and after");
  shown.attachment.detach();
  await app.close();
  await second.close();
});

test("a trace without payloads is refused with what to do about it", async () => {
  const mock = createMockServer();
  const client = createClient({ url: "wss://live.example.com", projectId: "p1", ...mock.clientOptions });
  await client.connect();
  const trace = client.trace.export();
  expect(JSON.stringify(trace)).not.toContain('"payload"');
  await expect(mock.replay(trace)).rejects.toThrow(/createClient\(\{ trace: \{ payloads: true \} \}\)/);
  await client.close();
  await mock.close();
});

test("what a mock cannot repeat is named", async () => {
  const mock = createMockServer({ projects: { p1: { tasks: [] } } });
  const entries = [
    {
      n: 7,
      at: 0,
      kind: "in",
      name: "task:created",
      payload: {
        type: "task:created",
        event: "task:created",
        projectId: "p1",
        seq: 1,
        data: { id: "t1", title: "" },
      },
    },
    {
      n: 8,
      at: 0,
      kind: "in",
      name: "later:event",
      payload: { type: "later:event", event: "later:event", projectId: "p1", seq: 2, data: {} },
    },
  ];
  const { replayed, left } = await mock.replay({ clientId: "c", exportedAt: 0, dropped: 6, entries });
  expect(replayed).toBe(0);
  expect(left).toMatchObject([
    { n: 7, name: "task:created", why: expect.stringContaining("title") as string },
    { n: 8, name: "later:event", why: "later:event cannot be made by a mock" },
  ]);
  expect(CLIENT_LISTENED.length).toBeGreaterThan(20);
  await mock.close();
});
