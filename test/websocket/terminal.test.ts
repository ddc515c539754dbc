import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { connected, event, requested, startServer } from "../gateway/running-server.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { ownTerminal } from "./owned-terminal.ts";
import { openPlain, type Plain } from "./plain-client.ts";

const ms: unknown = expect.any(Number);
const session = (id: string) => ({ op: "create", collection: "sessions", id, value: { name: id } }) as const;

/** Resolves once the output shown holds this text. */
async function shows(plain: Plain, text: string): Promise<void> {
  await plain.until(({ type, data }) => type === "stream" && String(data).includes(text));
}

describe("a session in the URL", () => {
  test("is told first, then its screen, its output, its sizes and its end", async () => {
    const { url } = await startServer();
    const owner = await ownTerminal(url, "s1");
    await owner.output("before ");
    const plain = await openPlain(url, { sessionId: "s1" });
    expect(await plain.next("connection_status")).toEqual({
      ...{ type: "connection_status", sessionId: "s1", status: "connected", focusedSessions: [], version: 0 },
      ...{ cols: 20, rows: 4, timestamp: ms },
    });
    expect(await plain.next("stream")).toEqual({
      type: "stream",
      sessionId: "s1",
      data: expect.stringContaining("before") as unknown,
      timestamp: ms,
    });
    await owner.output("after");
    expect(await plain.next("stream")).toEqual({
      type: "stream",
      sessionId: "s1",
      data: "after",
      timestamp: ms,
    });
    await owner.resized(30, 5);
    expect(await plain.next("resized")).toEqual({
      type: "resized",
      sessionId: "s1",
      cols: 30,
      rows: 5,
      timestamp: ms,
    });
    await owner.exit(0);
    expect(await plain.next("exit")).toEqual({ type: "exit", sessionId: "s1", exitCode: 0, timestamp: ms });
    expect(plain.frames.map(({ type }) => type)).toEqual([
      ...["connection_status", "stream", "stream", "resized", "exit"],
    ]);
  });

  test("sees the same bytes as a viewer on socket.io, and types and resizes like one", async () => {
    const { url } = await startServer();
    const owner = await ownTerminal(url, "s1");
    const { socket } = await connected(url, "/terminal");
    await requested(socket, "terminal:watch", { sessionId: "s1" });
    const plain = await openPlain(url, { sessionId: "s1" });
    await plain.next("stream");
    const heard = event(socket, "terminal:output");
    await owner.output("grüße");
    expect(await heard).toMatchObject({ data: "grüße" });
    expect(await plain.next("stream")).toMatchObject({ data: "grüße" });
    plain.say({ type: "input", sessionId: "s1", data: "ls\r" });
    await expect.poll(() => owner.inputs).toEqual(["ls\r"]);
    plain.say({ type: "resize", sessionId: "s1", data: { cols: 33, rows: 7 } });
    await expect.poll(() => owner.sizes).toEqual([{ ptyId: "pty", cols: 33, rows: 7 }]);
    plain.say({ type: "resize", sessionId: "s1", data: { cols: 0, rows: 7 } });
    expect(await plain.next("error")).toMatchObject({ code: "BAD_REQUEST", sessionId: "s1" });
    plain.say({ type: "input", sessionId: "s9", data: "x" });
    expect(await plain.next("error")).toMatchObject({
      code: "NOT_FOUND",
      error: "Terminal session not found",
    });
  });

  test("without a terminal is shown once one is registered, and again when another is", async () => {
    const { url, server } = await startServer();
    await server.mutate("p1", session("s1"));
    const plain = await openPlain(url, { sessionId: "s1" });
    const status = await plain.next("connection_status");
    expect(status).toMatchObject({ sessionId: "s1" });
    expect("cols" in status || "rows" in status).toBe(false);
    const first = await ownTerminal(url, "s1");
    expect(await plain.next("resized")).toMatchObject({ cols: 20, rows: 4 });
    await first.output("one");
    await shows(plain, "one");
    await server.mutate("p1", { op: "remove", collection: "sessions", id: "s1" });
    expect(await plain.next("exit")).toMatchObject({ exitCode: null, reason: "session_removed" });
    first.socket.disconnect();
    const second = await ownTerminal(url, "s1");
    await second.output("two");
    await shows(plain, "two");
  });
});

describe("a session that does not exist yet", () => {
  test("is shown as soon as it is there", async () => {
    const { url, server } = await startServer();
    const plain = await openPlain(url, { sessionId: "s1" });
    plain.say({ type: "ping" });
    await plain.next("pong");
    await server.mutate("p1", session("s1"));
    expect(await plain.next("connection_status")).toMatchObject({ sessionId: "s1", status: "connected" });
  });

  test("is told before any change of focus, which it already knows", async () => {
    const { url, server } = await startServer();
    await server.mutate("p1", session("s2"));
    const other = await openPlain(url, { projectId: "p1" });
    const plain = await openPlain(url, { sessionId: "s1", projectId: "p1" });
    other.say({ type: "focus", sessionId: "s2" });
    await other.next("focus_update");
    plain.say({ type: "ping" });
    await plain.next("pong");
    await server.mutate("p1", session("s1"));
    expect(await plain.next("connection_status")).toMatchObject({ focusedSessions: ["s2"], version: 1 });
    other.say({ type: "blur", sessionId: "s2" });
    expect(await plain.next("focus_update")).toMatchObject({ focusedSessions: [], version: 2 });
    expect(plain.frames.map(({ type }) => type)).toEqual(["pong", "connection_status", "focus_update"]);
  });

  test("that does not come closes the socket after 7.71 s, not before", async () => {
    const clock = createManualClock();
    const { url } = await startServer({ clock });
    const plain = await openPlain(url, { sessionId: "s1" });
    const answered = async (): Promise<void> => {
      plain.say({ type: "heartbeat" });
      await plain.next("heartbeat");
    };
    await answered();
    clock.advance(7_709);
    await answered();
    clock.advance(1);
    expect(await plain.closed).toEqual({ code: 1008, reason: "Session registration failed after retries" });
  });
});

describe("priority", () => {
  const focus = async (plain: Plain, type: "focus" | "blur", sessionId: string): Promise<void> => {
    plain.say({ type, sessionId });
    await plain.next("focus_update");
  };

  test("auto holds back what is out of focus, and shows it once it is in front", async () => {
    const { url, server } = await startServer();
    await server.mutate("p1", session("s2"));
    const owner = await ownTerminal(url, "s1");
    const live = await openPlain(url, { sessionId: "s1", priority: "live" });
    const auto = await openPlain(url, { sessionId: "s1", priority: "auto" });
    await Promise.all([live.next("stream"), auto.next("stream")]);
    await focus(auto, "focus", "s2");
    await owner.output("unseen");
    await shows(live, "unseen");
    auto.say({ type: "ping" });
    await auto.next("pong");
    expect(auto.frames.some(({ data }) => data === "unseen")).toBe(false);
    auto.say({ type: "focus", sessionId: "s1" });
    await shows(auto, "unseen");
  });

  test("is auto by itself once the project has a focused session", async () => {
    const { url, server } = await startServer();
    await server.mutate("p1", session("s2"));
    const owner = await ownTerminal(url, "s1");
    const plain = await openPlain(url, { sessionId: "s1" });
    await plain.next("stream");
    await owner.output("while nothing is focused");
    await shows(plain, "while nothing is focused");
    await focus(plain, "focus", "s2");
    // The snapshot that the other priority begins with.
    await plain.until(
      ({ type }) => type === "stream" && plain.frames.filter((f) => f.type === "stream").length > 2,
    );
    const witness = await openPlain(url, { sessionId: "s1", priority: "live" });
    await witness.next("stream");
    await owner.output("held back");
    await shows(witness, "held back");
    plain.say({ type: "ping" });
    await plain.next("pong");
    expect(plain.frames.some(({ data }) => String(data).includes("held back"))).toBe(false);
    await focus(plain, "blur", "s2");
    await shows(plain, "held back");
  });
});

test("a viewer that reads slowly skips to the screen of the moment", async () => {
  const { url } = await startServer();
  const owner = await ownTerminal(url, "s1");
  const plain = await openPlain(url, { sessionId: "s1" });
  await plain.next("stream");
  plain.socket.pause();
  const line = `${"x".repeat(18)}\r\n`.repeat(3_000);
  let sent = 0;
  for (let n = 0; n < 300; n += 1) {
    await owner.output(line);
    sent += line.length;
  }
  await owner.output("the end");
  plain.socket.resume();
  await shows(plain, "the end");
  const received = plain.frames.reduce((sum, { data }) => sum + String(data ?? "").length, 0);
  expect(received).toBeLessThan(sent);
  // A snapshot brings any terminal to the state: it begins with a full reset.
  const last = plain.frames.findLast(({ type, data }) => type === "stream" && String(data).includes("\x1bc"));
  expect(plain.frames.indexOf(last!)).toBeGreaterThan(1);
  expect(plain.socket.readyState).toBe(plain.socket.OPEN);
});

test("a socket is pinged every 30 s, and terminated when it does not answer", async () => {
  const clock = createManualClock();
  const { url, server } = await startServer({ clock });
  const lively = await openPlain(url);
  const mute = await openPlain(url, {}, { autoPong: false });
  for (let n = 0; n < 2; n += 1) {
    const pinged = once(lively.socket, "ping");
    clock.advance(30_000);
    await pinged;
    // What follows the pong was read after it.
    lively.say({ type: "ping" });
    await lively.next("pong");
  }
  expect((await mute.closed).code).toBe(1006);
  expect(lively.socket.readyState).toBe(lively.socket.OPEN);
  expect(server.status().ws.connected).toBe(1);
});
