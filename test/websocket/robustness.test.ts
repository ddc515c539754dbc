import { once } from "node:events";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { connected, requested, startServer } from "../gateway/running-server.ts";
import { openPlain } from "./plain-client.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000_000);
console.info(`SEED=${seed}`);

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
  const deadline = AbortSignal.timeout(10_000);
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

const text = fc.oneof(fc.string(), fc.constantFrom("s1", "files", "p1", "__proto__", "x".repeat(300)));
const field = fc.oneof(
  text,
  fc.json().map((json) => JSON.parse(json) as unknown),
  fc.integer(),
  fc.constant(null),
);
const types = fc.constantFrom(
  ...[
    "subscribe",
    "unsubscribe",
    "focus",
    "blur",
    "input",
    "resize",
    "sync_request",
    "heartbeat",
    "ping",
    "auth",
  ],
  ...["stream", "error", "__proto__", "toString"],
);
const meant = fc.record(
  {
    type: types,
    sessionId: field,
    channel: field,
    sessionIds: fc.oneof(field, fc.array(text, { maxLength: 300 })),
    data: fc.oneof(field, fc.record({ cols: field, rows: field })),
    expectedVersion: field,
    token: field,
  },
  { requiredKeys: ["type"] },
);
const frame = fc.oneof(
  { weight: 6, arbitrary: meant.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 50 }) },
  {
    weight: 1,
    arbitrary: fc.constant(
      `{"type":"input","sessionId":"s1","data":${"[".repeat(5_000)}1${"]".repeat(5_000)}}`,
    ),
  },
);

test("whatever frames come, nothing breaks, and everybody is served", async () => {
  const { url, server } = await startServer();
  await server.mutate("p1", { op: "create", collection: "sessions", id: "s1", value: { name: "one" } });
  const { socket } = await connected(url, "/ui");
  const samples = fc.sample(frame, { numRuns: 600, seed });
  const queries = [{}, { projectId: "p1" }, { sessionId: "s1" }];
  for (let from = 0; from < samples.length; from += 100) {
    const plain = await openPlain(url, queries[(from / 100) % queries.length]);
    for (const sample of samples.slice(from, from + 100)) {
      plain.socket.send(sample, { binary: typeof sample !== "string" });
    }
    plain.say({ type: "sync_request", sessionId: "s1" });
    await plain.next("sync_complete");
    expect(plain.frames.find(({ code }) => code === "INTERNAL")).toBeUndefined();
    const closed = once(plain.socket, "close");
    plain.socket.close();
    await closed;
  }
  await expect.poll(() => server.status().ws).toEqual({ connected: 0, channels: 0 });
  expect(await requested(socket, "project:list", {})).toMatchObject({ success: true });
});
