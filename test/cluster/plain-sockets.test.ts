import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Running, startServer } from "../gateway/running-server.ts";
import { type RedisProcess, startRedisProcess } from "../redis/redis-process.ts";
import { ownTerminal } from "../websocket/owned-terminal.ts";
import { openPlain, type Plain } from "../websocket/plain-client.ts";

const projectId = "p1";
const WAIT = { timeout: 15_000 };
const session = { op: "create", collection: "sessions", id: "s1", value: { name: "one" } } as const;

let redis: RedisProcess;
/** Where the session and its owner are, and where the plain WebSocket is. */
let home: Running;
let away: Running;

beforeEach(async () => {
  redis = await startRedisProcess("none");
  home = await startServer({ store: redis.url });
  away = await startServer({ store: redis.url });
});
afterEach(() => redis.stop());

const shows = (plain: Plain, text: string) =>
  plain.until(({ type, data }) => type === "stream" && String(data).includes(text));

describe("a plain WebSocket at another server than the session", () => {
  it("waits for the session, is told of it when it is made, and shown the terminal when that is registered", async () => {
    const plain = await openPlain(away.url, { sessionId: "s1" });
    await home.server.mutate(projectId, session);
    expect(await plain.next("connection_status")).toMatchObject({ sessionId: "s1", status: "connected" });
    expect(plain.frames.map(({ type }) => type)).toEqual(["connection_status"]);
    const owner = await ownTerminal(home.url, "s1");
    await owner.output("hello ");
    await shows(plain, "hello");
    await owner.output("again");
    await shows(plain, "again");
    await owner.resized(30, 5);
    expect(await plain.until(({ cols }) => cols === 30)).toMatchObject({ type: "resized", rows: 5 });
    await owner.exit(3);
    expect(await plain.next("exit")).toMatchObject({ sessionId: "s1", exitCode: 3 });
  });

  it("is shown the screen of a terminal that is there, types once and in order, and resizes", async () => {
    const owner = await ownTerminal(home.url, "s1");
    await owner.output("before ");
    const plain = await openPlain(away.url, { sessionId: "s1" });
    await shows(plain, "before");
    expect(await plain.next("resized")).toMatchObject({ cols: 20, rows: 4 });
    const typed = Array.from({ length: 30 }, (_, n) => `${n};`);
    for (const data of typed) plain.say({ type: "input", sessionId: "s1", data });
    await expect.poll(() => owner.inputs, WAIT).toEqual(typed);
    plain.say({ type: "resize", sessionId: "s1", data: { cols: 33, rows: 7 } });
    await expect.poll(() => owner.sizes, WAIT).toEqual([{ ptyId: "pty", cols: 33, rows: 7 }]);
    expect(plain.frames.filter(({ type }) => type === "error")).toEqual([]);
  });

  it("hears the focus of the session's project, and sets it for everybody", async () => {
    await home.server.mutate(projectId, session);
    const plain = await openPlain(away.url, { sessionId: "s1" });
    await plain.next("connection_status");
    const other = await openPlain(home.url, { sessionId: "s1" });
    await other.next("connection_status");
    plain.say({ type: "focus", sessionId: "s1", focused: true });
    for (const socket of [plain, other])
      await socket.until(({ focusedSessions }) => JSON.stringify(focusedSessions) === '["s1"]');
  });
});
