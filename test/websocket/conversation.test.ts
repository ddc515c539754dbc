import { describe, expect, test } from "vitest";
import { connected, event, requested, startServer } from "../gateway/running-server.ts";
import { openPlain } from "./plain-client.ts";

const ms: unknown = expect.any(Number);
const create = (collection: string, id: string, value: Record<string, unknown>) =>
  ({ op: "create", collection, id, value }) as const;

describe("a channel", () => {
  test("is subscribed to, heard beside a socket.io client, and left", async () => {
    const { url, server } = await startServer();
    const { socket } = await connected(url, "/ui", { auth: { projectId: "p1" } });
    await requested(socket, "channel:subscribe", { channel: "files", projectId: "p1" });
    const plain = await openPlain(url, { projectId: "p1" });
    plain.say({ type: "subscribe", channel: "files" });
    expect(await plain.next("subscribed")).toEqual({ type: "subscribed", channel: "files", timestamp: ms });
    const heard = event(socket, "channel:event");
    await server.channels.publish("p1", "files", { file: "a.ts" });
    const { data, timestamp } = (await heard) as { data: unknown; timestamp: string };
    expect(await plain.next("event")).toEqual({
      type: "event",
      channel: "files",
      projectId: "p1",
      data,
      timestamp,
    });
    expect(server.status().ws).toEqual({ connected: 1, channels: 1 });

    plain.say({ type: "unsubscribe", channel: "files" });
    expect(await plain.next("unsubscribed")).toEqual({
      type: "unsubscribed",
      channel: "files",
      timestamp: ms,
    });
    await server.channels.publish("p1", "files", { file: "b.ts" });
    plain.say({ type: "ping" });
    await plain.next("pong");
    expect(plain.frames.filter(({ type }) => type === "event")).toHaveLength(1);
    expect(server.status().ws).toEqual({ connected: 1, channels: 0 });
  });

  test("without a project in the URL is every project's for who may read all", async () => {
    const { url, server } = await startServer();
    const plain = await openPlain(url);
    plain.say({ type: "subscribe", channel: "git" });
    await plain.next("subscribed");
    await server.channels.publish("p1", "git", 1);
    await server.channels.publish("p2", "git", 2);
    await server.channels.publish("p2", "files", 3);
    expect([await plain.next("event"), await plain.next("event")]).toMatchObject([
      { projectId: "p1", data: 1 },
      { projectId: "p2", data: 2 },
    ]);
    plain.say({ type: "unsubscribe", channel: "git" });
    await plain.next("unsubscribed");
    expect(server.status().ws.channels).toBe(0);
  });
});

describe("sessions", () => {
  test("are subscribed to, and their events come as their envelopes", async () => {
    const { url, server } = await startServer();
    await server.mutate("p1", create("sessions", "s1", { name: "one" }));
    const { socket } = await connected(url, "/ui", { auth: { projectId: "p1" } });
    // The project in the URL joins focus only.
    const plain = await openPlain(url, { projectId: "p1" });
    plain.say({ type: "subscribe", sessionIds: ["s1"] });
    expect(await plain.next("subscribed")).toEqual({ type: "subscribed", sessionIds: ["s1"], timestamp: ms });
    const heard = event(socket, "session:updated");
    await server.mutate("p1", create("sessions", "other", { name: "two" }));
    await server.mutate("p1", create("tasks", "t1", { title: "a task" }));
    const patches = [{ op: "replace" as const, path: ["name"], value: "uno" }];
    await server.mutate("p1", { op: "update", collection: "sessions", id: "s1", patches });
    expect(await plain.next("session:updated")).toEqual(await heard);
    plain.say({ type: "unsubscribe" });
    expect(await plain.next("unsubscribed")).toEqual({ type: "unsubscribed", timestamp: ms });
    expect(plain.frames.map(({ type }) => type)).toEqual(["subscribed", "session:updated", "unsubscribed"]);
  });

  test("beyond the bound are denied", async () => {
    const { url } = await startServer({ limits: { roomsPerSocket: 1 } });
    const plain = await openPlain(url);
    plain.say({ type: "subscribe", sessionIds: ["a", "b"] });
    expect(await plain.next("subscribed")).toMatchObject({ sessionIds: ["a"], denied: ["b"] });
  });
});

describe("focus", () => {
  test("is set and taken, and told to the whole project on both kinds of socket", async () => {
    const { url, server } = await startServer();
    await server.mutate("p1", create("sessions", "s1", { name: "one" }));
    const { socket } = await connected(url, "/ui", { auth: { projectId: "p1" } });
    const watching = await openPlain(url, { projectId: "p1" });
    const stranger = await openPlain(url, { projectId: "p2" });
    const plain = await openPlain(url);
    const heard = event(socket, "focus_update");
    plain.say({ type: "focus", sessionId: "s1" });
    const told = await plain.next("focus_update");
    expect(told).toMatchObject({
      sessionId: "s1",
      focused: true,
      focusedSessions: ["s1"],
      version: 1,
      timestamp: ms,
    });
    expect(await watching.next("focus_update")).toEqual(told);
    expect(await heard).toEqual(told);

    plain.say({ type: "blur", sessionId: "s1", expectedVersion: 0 });
    expect(await plain.next("error")).toMatchObject({
      code: "CONFLICT",
      sessionId: "s1",
      details: { focusedSessions: ["s1"], version: 1 },
    });
    plain.say({ type: "blur", sessionId: "s1", expectedVersion: 1 });
    expect(await plain.next("focus_update")).toMatchObject({
      focused: false,
      focusedSessions: [],
      version: 2,
    });
    stranger.say({ type: "ping" });
    await stranger.next("pong");
    expect(stranger.frames).toHaveLength(1);
  });

  test("of a session that is not there is NOT_FOUND", async () => {
    const { url } = await startServer();
    const plain = await openPlain(url);
    plain.say({ type: "focus", sessionId: "s9" });
    expect(await plain.next("error")).toMatchObject({ code: "NOT_FOUND", sessionId: "s9", timestamp: ms });
  });

  test("is told when asked for", async () => {
    const { url, server } = await startServer();
    await server.mutate("p1", create("sessions", "s1", { name: "one" }));
    const plain = await openPlain(url, { projectId: "p1" });
    plain.say({ type: "focus", sessionId: "s1" });
    await plain.next("focus_update");
    plain.say({ type: "sync_request", sessionId: "s1" });
    expect(await plain.next("sync_complete")).toEqual({
      ...{ type: "sync_complete", sessionId: "s1", focusedSessions: ["s1"], version: 1, timestamp: ms },
    });
  });
});

test("heartbeat comes back as it is, ping as pong", async () => {
  const { url } = await startServer();
  const plain = await openPlain(url, {}, { path: "/" });
  plain.say({ type: "heartbeat", sessionId: "s1" });
  plain.say({ type: "heartbeat" });
  plain.say({ type: "ping" });
  await plain.next("pong");
  expect(plain.frames).toEqual([
    { type: "heartbeat", sessionId: "s1", timestamp: ms },
    { type: "heartbeat", timestamp: ms },
    { type: "pong", timestamp: ms },
  ]);
});

test("nothing but answers comes to a socket that asked for nothing", async () => {
  const { url, server } = await startServer();
  const plain = await openPlain(url);
  await server.mutate("p1", create("projects", "p1", { name: "one" }));
  await server.mutate("p1", create("sessions", "s1", { name: "one" }));
  await server.mutate("p1", create("tasks", "t1", { title: "a task" }));
  plain.say({ type: "ping" });
  await plain.next("pong");
  expect(plain.frames).toHaveLength(1);
});
