import { describe, expect, test } from "vitest";
import { z } from "zod";
import { collection } from "../../sdk/protocol/index.ts";
import { createAccess } from "../../server/core/access.ts";
import { createMemoryChannelLog } from "../../server/core/channels/memory-channel-log.ts";
import { createExpiry } from "../../server/core/credentials/expiry.ts";
import { createVerifyToken } from "../../server/core/credentials/verify-token.ts";
import { createInFlight } from "../../server/core/in-flight.ts";
import { limitsFrom } from "../../server/core/limits.ts";
import { createRooms } from "../../server/core/rooms.ts";
import { createKinds } from "../../server/core/state/kinds.ts";
import { validate } from "../../server/core/state/validate.ts";
import { readCursor, writeCursor } from "../../server/core/sync/cursor.ts";
import { createSharedSnapshot } from "../../server/core/sync/shared-snapshot.ts";
import type { Store, StoreSnapshot } from "../../server/store/store.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { aCaller, aPeer, EDITOR } from "./a-caller.ts";
import { catchFault } from "./catch-fault.ts";

const errors: unknown[] = [];
const ignore = (): void => undefined;
const log = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: (fields: unknown) => void errors.push(fields),
};

describe("declared collections", () => {
  const schema = z.object({});
  test("may not take a name that is taken, nor validate asynchronously", () => {
    expect(() => createKinds({ tasks: collection("thing", schema) })).toThrow(/built in/);
    expect(() => createKinds({ things: collection("task", schema) })).toThrow(/taken/);
    expect(() => createKinds({ things: collection("notify", schema) })).toThrow(/taken/);
    expect(() => createKinds({ a: collection("one", schema), b: collection("one", schema) })).toThrow(
      /taken/,
    );
    const late = z.object({}).refine(async () => true);
    expect(() => createKinds({ things: collection("thing", late) })).toThrow(/synchronously/);
    expect(createKinds({ things: collection("thing", schema) }).get("things")?.created).toBe("thing:created");
  });

  test("are told which field of theirs belongs to the server, at the path of the value", () => {
    const wanting = z.object({ name: z.string(), version: z.string() });
    const kind = createKinds({ things: collection("thing", wanting) }).get("things");
    if (kind === undefined) throw new Error("it was declared");
    const fault = catchFault(() => validate(kind, { name: "one" }, (path) => ["value", ...path]));
    const message = "`version` belongs to the server; rename the field in the collection's schema";
    expect(fault).toMatchObject({ code: "BAD_REQUEST", message });
    expect(fault.details).toEqual({ issues: [{ path: ["value", "version"], message }] });
    expect(catchFault(() => validate(kind, {}, (path) => path)).message).toMatch(/^name: /);
  });
});

describe("limits", () => {
  test("are positive integers with known names", () => {
    expect(limitsFrom({ maxFocused: 2 })).toMatchObject({ maxFocused: 2, patches: 256 });
    for (const bad of [{ maxFocused: 0 }, { maxFocused: 1.5 }, { nonsense: 1 } as object]) {
      expect(() => limitsFrom(bad)).toThrow(TypeError);
    }
  });
});

describe("access", () => {
  test("viewers read, editors do everything, others nothing", () => {
    const access = createAccess(log);
    const as = (role: "viewer" | "editor" | undefined) => ({ ...EDITOR, roleIn: () => role });
    const actions = ["read", "mutate", "focus", "publish", "relay", "type"] as const;
    const allowed = (role: "viewer" | "editor" | undefined) =>
      actions.filter((action) => access.allows(as(role), action, "p1"));
    expect([allowed("editor"), allowed("viewer"), allowed(undefined)]).toEqual([actions, ["read"], []]);
    expect(catchFault(() => access.require(as("viewer"), "mutate", "p1")).code).toBe("FORBIDDEN");
  });

  test("an application's own judgement replaces the roles, and one that throws denies", () => {
    const access = createAccess(log, (_, action, { projectId }) => {
      if (projectId === "broken") throw new Error("database down");
      return action === "read";
    });
    expect(access.roleIn(EDITOR, "p1")).toBe("viewer");
    expect(access.allows(EDITOR, "read", "broken")).toBe(false);
    expect(errors).toHaveLength(1);
  });
});

describe("a cursor", () => {
  const cursor = {
    projectId: "p:1",
    position: { epoch: "e1", seq: 7 },
    index: 2,
    total: 9,
    limit: 5,
    after: { collection: "tasks", id: "t1" },
  };
  test("comes back as it was written", () => {
    expect(readCursor(writeCursor(cursor))).toEqual(cursor);
  });
  test("of the longest ids is no longer than a client may send", () => {
    const id = "x".repeat(128);
    const long = {
      ...cursor,
      projectId: id,
      position: { epoch: id, seq: 2 ** 53 - 1 },
      after: { collection: "c".repeat(64), id },
    };
    expect(writeCursor(long).length).toBeLessThanOrEqual(1_024);
  });
  for (const text of [
    "",
    "x",
    "{}",
    "[]",
    "[2]",
    '[1,"p 1","e",1,1,1,1,"c","i"]',
    '[1,"p","e",-1,1,1,1,"c","i"]',
  ]) {
    test(`${text || "nothing"} is none`, () => {
      expect(catchFault(() => readCursor(text)).code).toBe("BAD_REQUEST");
    });
  }
});

describe("rooms", () => {
  test("a caller that is gone joins nothing, and empty rooms are forgotten", () => {
    const rooms = createRooms();
    const [a, b] = [aCaller(), aCaller({ peer: aPeer("b", "/mobile"), batch: true })];
    rooms.join(a, "project:p1");
    rooms.join(b, "project:p1");
    rooms.join(b, "session:s1");
    expect(rooms.sizes("/ui")).toEqual({ "project:p1": 1 });
    expect(rooms.sizes("/mobile")).toEqual({ "project:p1": 1, "session:s1": 1 });
    expect(rooms.of(b, "session:")).toEqual(["session:s1"]);
    rooms.leaveAll(b);
    rooms.join(b, "project:p1");
    expect(rooms.get("project:p1")?.members).toEqual(new Set([a]));
    expect(rooms.get("project:p1")?.batched.size).toBe(0);
    rooms.leave(a, "project:p1");
    expect(rooms.get("project:p1")).toBeUndefined();
  });
});

describe("a token's life", () => {
  test("is announced before its end and ends after the tolerance, however far away", () => {
    const clock = createManualClock(0);
    const expiry = createExpiry(clock, limitsFrom());
    const peer = aPeer("p");
    const days = 60 * 24 * 3_600_000;
    expiry.watch(aCaller({ peer, principal: { ...EDITOR, expiresAt: days } }));
    clock.advance(days - 60_001);
    expect(peer.sent).toEqual([]);
    clock.advance(1);
    expect(peer.sent).toEqual([{ event: "auth:expiring", payload: { expiresAt: days } }]);
    clock.advance(64_999);
    expect(peer.isClosed).toBe(false);
    clock.advance(1);
    expect(peer.sent.at(-1)).toEqual({ event: "auth:expired", payload: {} });
    expect(peer.isClosed).toBe(true);
    expect(clock.waiting).toBe(0);
  });

  test("a verifier that hangs or throws is not waited for", async () => {
    const clock = createManualClock();
    const verify = (how: () => Promise<never>) =>
      createVerifyToken({ hasVerifier: true, local: EDITOR, verify: how }, clock, log, 10_000)("t");
    const hung = verify(() => new Promise(() => undefined));
    clock.advance(10_000);
    await expect(hung).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(verify(() => Promise.reject(new Error("no keys")))).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
    expect(clock.waiting).toBe(0);
  });
});

describe("channels in memory", () => {
  test("go after a day without use, unless somebody listens", async () => {
    const clock = createManualClock();
    let id = 0;
    const channels = createMemoryChannelLog({
      clock,
      limits: limitsFrom({ channelsPerProject: 2 }),
      createId: () => `e${++id}`,
      isHeard: (_, channel) => channel === "heard",
    });
    await channels.append("p1", "heard", 1);
    await channels.append("p1", "quiet", 1);
    await expect(channels.append("p1", "third", 1)).rejects.toMatchObject({ code: "CONFLICT" });
    clock.advance(24 * 3_600_000);
    await channels.append("p1", "third", 1);
    expect(await channels.read("p1", "heard")).toMatchObject({ epoch: "e1", offset: 1 });
    await expect(channels.read("p1", "quiet")).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("keep no more than so many bytes", async () => {
    const clock = createManualClock();
    const limits = limitsFrom({ channelBytes: 1_000 });
    const channels = createMemoryChannelLog({ clock, limits, createId: () => "e", isHeard: () => false });
    for (let n = 1; n <= 10; n += 1) await channels.append("p1", "c", "x".repeat(200));
    const { events, recovered } = await channels.read("p1", "c", { epoch: "e", offset: 0 });
    expect(recovered).toBe(false);
    expect(events.map(({ offset }) => offset)).toEqual([8, 9, 10]);
  });
});

describe("a shared snapshot", () => {
  test("serves everyone who asks while it is read, until something is told", async () => {
    const reads: ((snapshot: StoreSnapshot) => void)[] = [];
    const store = { snapshot: () => new Promise((resolve) => reads.push(resolve)) } as unknown as Store;
    const shared = createSharedSnapshot(store);
    const first = [shared.read("p1"), shared.read("p1")];
    shared.told("p2");
    void shared.read("p1");
    expect(reads).toHaveLength(1);
    shared.told("p1");
    const later = shared.read("p1");
    expect(reads).toHaveLength(2);
    const [before, after] = ["before", "after"].map((epoch) => ({
      position: { epoch, seq: 1 },
      entities: {},
      registers: {},
    }));
    if (before === undefined || after === undefined) throw new Error("two snapshots");
    reads[0]?.(before);
    reads[1]?.(after);
    expect(await Promise.all(first)).toEqual([before, before]);
    expect(await later).toBe(after);
  });
});

describe("work under way", () => {
  test("is waited for, whether it succeeds or fails", async () => {
    const inFlight = createInFlight();
    await inFlight.idle();
    let finish = ignore;
    const failing = inFlight.track(Promise.reject(new Error("no")));
    void inFlight.track(
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
    );
    await expect(failing).rejects.toThrow("no");
    let isIdle = false;
    const idle = inFlight.idle().then(() => {
      isIdle = true;
    });
    await Promise.resolve();
    expect(isIdle).toBe(false);
    finish();
    await idle;
  });
});
