import { describe, expect, test } from "vitest";
import { startServer } from "../gateway/running-server.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { openPlain } from "./plain-client.ts";

const ms: unknown = expect.any(Number);

describe("a frame that makes no sense", () => {
  const noType = "The frame has no known type";
  test.each([
    ["{", "The frame is not JSON"],
    ["", "The frame is not JSON"],
    ["[".repeat(100_000), "The frame is not JSON"],
    ["null", noType],
    ['"ping"', noType],
    ["[]", noType],
    ["{}", noType],
    ['{"type":7}', noType],
    ['{"type":"__proto__"}', noType],
    ['{"type":"constructor"}', noType],
    ['{"type":"terminal:register","sessionId":"s1","ptyId":"p"}', noType],
    ['{"type":"plain:focus","sessionId":"s1","focused":true}', noType],
  ])("is answered by an error: %.40s", async (text, message) => {
    const { url } = await startServer();
    const plain = await openPlain(url);
    plain.say(text);
    const told = await plain.next("error");
    expect(told).toMatchObject({
      code: "BAD_REQUEST",
      error: message,
      message,
      data: message,
      timestamp: ms,
    });
    plain.say({ type: "ping" });
    await plain.next("pong");
  });

  test("names the session it was about", async () => {
    const { url } = await startServer();
    const plain = await openPlain(url);
    plain.say({ type: "nothing", sessionId: "s1" });
    expect(await plain.next("error")).toMatchObject({ sessionId: "s1", code: "BAD_REQUEST" });
  });

  test("is one that is binary, even if it holds JSON", async () => {
    const { url } = await startServer();
    const plain = await openPlain(url);
    plain.socket.send(Buffer.from('{"type":"ping"}'));
    expect(await plain.next("error")).toMatchObject({ code: "BAD_REQUEST" });
    plain.say({ type: "ping" });
    await plain.next("pong");
    expect(plain.frames).toHaveLength(2);
  });
});

test("a frame over the limit closes its own connection only", async () => {
  const { url } = await startServer();
  const large = await openPlain(url);
  const other = await openPlain(url);
  large.say(JSON.stringify({ type: "input", sessionId: "s1", data: "x".repeat(1024 * 1024) }));
  expect((await large.closed).code).toBe(1009);
  other.say({ type: "ping" });
  await other.next("pong");
});

test("more frames than the bucket holds are RATE_LIMITED, and the connection stays", async () => {
  const { url } = await startServer();
  const plain = await openPlain(url);
  for (let n = 0; n < 400; n += 1) plain.say({ type: "heartbeat" });
  const told = await plain.next("error");
  expect(told).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: ms });
  expect(plain.frames.filter(({ type }) => type === "heartbeat").length).toBeGreaterThanOrEqual(200);
  expect(plain.socket.readyState).toBe(plain.socket.OPEN);
});

test("a socket that reads nothing is closed once too much is unsent", async () => {
  const { url, server } = await startServer({ limits: { unsentBytes: 256 * 1024 } });
  const plain = await openPlain(url, { projectId: "p1" });
  const witness = await openPlain(url, { projectId: "p1" });
  for (const { say } of [plain, witness]) say({ type: "subscribe", channel: "files" });
  await Promise.all([plain.next("subscribed"), witness.next("subscribed")]);
  plain.socket.pause();
  const data = "x".repeat(60_000);
  const deadline = AbortSignal.timeout(PATIENCE_MS);
  while (server.status().ws.connected === 2) {
    deadline.throwIfAborted();
    await server.channels.publish("p1", "files", data);
    // The one who reads must not fall behind for want of a turn.
    await witness.next("event");
  }
  expect(server.status().ws.connected).toBe(1);
  witness.say({ type: "ping" });
  await witness.next("pong");
});

test("at shutdown everybody is told when to come back, then closed with 1012", async () => {
  const { url, server } = await startServer();
  await server.mutate("p1", { op: "create", collection: "sessions", id: "s1", value: { name: "one" } });
  const plain = await openPlain(url, { sessionId: "s1" });
  const waiting = await openPlain(url, { sessionId: "not yet there".replaceAll(" ", "-") });
  await plain.next("connection_status");
  await server.close();
  for (const { frames, closed } of [plain, waiting]) {
    expect((await closed).code).toBe(1012);
    expect(frames.at(-1)).toEqual({ type: "server_shutdown", reconnectAfterMs: ms, timestamp: ms });
  }
});

test("a server that closes lets nobody wait for an upgrade under way", async () => {
  const asked = Promise.withResolvers<void>();
  const verdict = Promise.withResolvers<null>();
  const verifyToken = (): Promise<null> => {
    asked.resolve();
    return verdict.promise;
  };
  const { url, server } = await startServer({ auth: { verifyToken } });
  const opening = openPlain(url, { token: "t" }).then(
    () => "open",
    () => "refused",
  );
  await asked.promise;
  const closing = server.close();
  verdict.resolve(null);
  await closing;
  expect(await opening).toBe("refused");
});
