import { describe, expect, test } from "vitest";
import { openPlain, type Plain } from "../websocket/plain-client.ts";
import { openMemoryServer } from "./memory-server.ts";
import { openMswServer } from "./msw-server.ts";
import type { RawClient } from "./raw-client.ts";
import type { OpenServer } from "./server-under-test.ts";
import { openSocketIoServer } from "./socketio-server.ts";
import { traceOf, withoutVarying } from "./trace.ts";

const TRANSPORTS: readonly (readonly [string, OpenServer])[] = [
  ["memory", openMemoryServer],
  ["socket.io", openSocketIoServer],
  ["msw", openMswServer],
];

interface Walk {
  readonly acks: unknown;
  /** What each client heard, by its name. */
  readonly traces: Readonly<Record<string, unknown>>;
  /** What a plain WebSocket beside them was told, where there is one. */
  readonly plain: Plain["frames"];
}

/** A plain WebSocket in project p1 that asked for session s1 and a channel. */
async function plainWatcher(url: string): Promise<Plain> {
  const plain = await openPlain(url, { projectId: "p1" });
  plain.say({ type: "subscribe", sessionIds: ["s1"] });
  plain.say({ type: "subscribe", channel: "git" });
  await plain.until(({ type, channel }) => type === "subscribed" && channel === "git");
  return plain;
}

/** A walk through the conversations of the protocol; returns what everybody heard and was answered. */
async function walk(open: OpenServer, hasPlain = false): Promise<Walk> {
  const server = await open({ bootstrapSlots: ["theme"], limits: { agentGraceMs: 20, batchMs: 5 } });
  const acks: unknown[] = [];
  const ask = async (
    client: RawClient,
    event: string,
    payload?: unknown,
  ): Promise<Record<string, unknown>> => {
    const ack = payload === undefined ? await client.request(event) : await client.request(event, payload);
    acks.push({ event: `ack of ${event}`, payload: ack });
    return ack;
  };
  server.hub.bootstrap.set("p1", "theme", { dark: true });
  const sdk = { protocol: 1, projectId: "p1" };
  const page = await server.connect({ auth: { ...sdk, clientId: "page", sync: {} } });
  await page.next("state:synced");
  const old = await server.connect({ auth: { clientId: "old" } });
  await ask(old, "subscribe", { sessionIds: ["s1"] });
  const { plainUrl } = server;
  const plain = plainUrl !== undefined && hasPlain ? await plainWatcher(plainUrl) : undefined;
  const token = await server.token({ sub: "ann", projects: { p1: "viewer" }, lifetimeMs: 10_000_000 });
  const phone = await server.connect({
    namespace: "/mobile",
    local: false,
    auth: { ...sdk, token, clientId: "phone" },
  });
  const agent = await server.connect({
    namespace: "/cli",
    auth: { ...sdk, sessionId: "s1", clientId: "agent" },
  });
  const viewer = await page.join("/terminal", { ...sdk, clientId: "viewer" });
  const dev = await server.connect({ namespace: "/", auth: { projectId: "p1", clientId: "dev" } });

  let n = 0;
  const mutate = (body: object) => ask(page, "mutate", { mutationId: `page:${++n}`, ...body });
  await mutate({ op: "create", collection: "sessions", id: "s1", value: { name: "one", status: "working" } });
  await mutate({ op: "create", collection: "tasks", id: "t1", value: { title: "one", sessionIds: ["s1"] } });
  await mutate({ op: "claim", collection: "tasks", id: "t1", value: { sessionId: "s1" } });
  await mutate({
    op: "update",
    collection: "tasks",
    id: "t1",
    patches: [{ op: "replace", path: ["title"], value: "" }],
  });
  await mutate({
    op: "update",
    collection: "tasks",
    id: "t1",
    patches: [{ op: "replace", path: ["status"], value: "completed" }],
  });
  await ask(page, "mutate", { mutationId: "page:1", op: "remove", collection: "tasks", id: "t1" });
  await ask(phone, "mutate", { mutationId: "phone:1", op: "remove", collection: "tasks", id: "t1" });
  await ask(phone, "session:subscribe", ["s1"]);
  await ask(viewer, "focus:set", { projectId: "p1", sessionId: "s1", focused: true });
  await ask(page, "focus:set", { sessionId: "none", focused: true });
  await ask(phone, "channel:subscribe", { channel: "git" });
  await ask(page, "channel:publish", { channel: "git", data: { type: "commit", message: "m" } });
  await ask(agent, "terminal:register", { sessionId: "s1", ptyId: "pty", cols: 10, rows: 2 });
  await ask(agent, "terminal:output", { ptyId: "pty", data: new Uint8Array([104, 105]), offset: 0 });
  const watched = await ask(viewer, "terminal:watch", { sessionId: "s1", encoding: "binary" });
  expect(watched["success"]).toBe(true);
  agent.answer("terminal:input", () => ({ success: true }));
  await ask(viewer, "terminal:input", { sessionId: "s1", input: "x", inputSeq: 1, viewerId: "v" });
  await ask(agent, "session:report", { type: "needs_input", message: "well?" });
  await ask(page, "session:reply-input", { sessionId: "s1" });
  await ask(page, "mail:send", { toSessionId: "s1", subject: "s", body: "b" });
  await ask(dev, "dev-save", { path: "a" });
  page.emit("focus:set", 7);
  await page.next("error_message");
  const synced = await ask(page, "state:sync", {});
  await mutate({ op: "remove", collection: "tasks", id: "t1" });
  await ask(page, "state:sync", { since: { epoch: synced["epoch"], seq: 1 } });
  await ask(old, "state:sync");
  agent.cut();
  for (const client of [page, old, phone]) await client.next("notify:session_failed");
  await plain?.next("notify:session_failed");
  const heard = { page, old, phone, agent, viewer, dev };
  const traces = Object.fromEntries(Object.entries(heard).map(([name, client]) => [name, traceOf(client)]));
  const frames = [...(plain?.frames ?? [])];
  for (const client of Object.values(heard)) client.close();
  await server.close();
  return { acks: withoutVarying(acks), traces, plain: frames };
}

/** What the protocol tells plain WebSockets too (section 10), in their words. */
function inPlainWords(walked: Walk): Readonly<Record<string, unknown>> {
  // Traces are lists of what was heard.
  const of = (name: string) => walked.traces[name] as { event: string; payload: Record<string, unknown> }[];
  const told = (name: string, events: RegExp) => of(name).filter(({ event }) => events.test(event));
  return {
    sessions: told("old", ROOM_OF_SESSION).map(({ payload }) => payload),
    focus: told("page", /^focus_update$/).map(({ payload }) => payload),
    channels: told("phone", /^channel:event$/).map(({ payload }) => {
      const { offset: _offset, epoch: _epoch, ...event } = payload;
      return event;
    }),
  };
}

/** Events that go to the room of a session (section 5). */
const ROOM_OF_SESSION = /^(session:|mail:|notify:(session_|needs_input|progress))/;

describe("one walk through the protocol", () => {
  test("is heard and answered alike on every transport", async () => {
    const walks = await Promise.all(TRANSPORTS.map(([, open]) => walk(open)));
    for (const { acks, traces } of walks.slice(1))
      expect({ acks, traces }).toEqual({
        acks: walks[0]?.acks,
        traces: walks[0]?.traces,
      });
  });

  test("is told to a plain WebSocket as to Socket.IO, where the protocol tells it at all", async () => {
    const walked = await walk(openSocketIoServer, true);
    const framesLike = (types: RegExp) =>
      walked.plain.filter(({ type }) => types.test(type)).map((frame) => withoutVarying(frame));
    const told = {
      sessions: framesLike(ROOM_OF_SESSION),
      focus: framesLike(/^focus_update$/),
      channels: framesLike(/^event$/),
    };
    expect(told).toEqual(inPlainWords(walked));
    expect(Object.values(told).map(({ length }) => length > 0)).toEqual([true, true, true]);
    const known = told.sessions.length + told.focus.length + told.channels.length;
    // Beside these only the answers to its two requests.
    expect(walked.plain).toHaveLength(known + 2);
  });
});
