import { describe, expect, it } from "vitest";
import { createFixture, FULL_RESET, settle, textOf } from "./fixture.ts";

const KIB = 1024;

describe("terminal:watch", () => {
  it("of a session without a terminal is NOT_FOUND, Terminal session not found", async () => {
    const { viewer } = createFixture();
    expect((await viewer()).ack).toEqual({
      success: false,
      error: "Terminal session not found",
      code: "NOT_FOUND",
    });
  });

  it("needs to read the project", async () => {
    const { owner, call, peer } = createFixture();
    await owner();
    const watch = { sessionId: "s1" };
    expect(await call(peer({ role: "none" }), "terminal:watch", watch)).toMatchObject({ code: "FORBIDDEN" });
    expect(await call(peer({ role: "viewer" }), "terminal:watch", watch)).toMatchObject({ success: true });
  });

  it("without since gives a snapshot that begins with a full reset, and output goes on from its offset", async () => {
    const { owner, viewer, clock } = createFixture();
    const { ack: registered, say } = await owner({ cols: 100, rows: 30 });
    await say("before");
    const { peer, ack } = await viewer();
    expect(ack).toEqual({
      success: true,
      mode: "snapshot",
      cols: 100,
      rows: 30,
      epoch: registered.epoch,
      offset: 6,
      scrollback: expect.stringMatching(/before$/),
    });
    expect(ack.scrollback.indexOf(FULL_RESET)).toBe(0);
    await say("after");
    clock.advance(16);
    expect(peer.got("terminal:output")).toEqual([
      { sessionId: "s1", epoch: registered.epoch, offset: 6, data: "after" },
    ]);
  });

  it("with since gives exactly the bytes missed", async () => {
    const { owner, viewer } = createFixture();
    const { ack: registered, say } = await owner();
    await say("0123456789");
    const { epoch } = registered;
    const { ack } = await viewer({ since: { epoch, offset: 4 } });
    expect(ack).toEqual({
      success: true,
      mode: "delta",
      cols: 80,
      rows: 24,
      epoch,
      from: 4,
      offset: 10,
      scrollback: "456789",
    });
    expect((await viewer({ since: { epoch, offset: 10 } })).ack).toMatchObject({
      mode: "delta",
      scrollback: "",
    });
  });

  it.each([
    ["of another epoch", { epoch: "other", offset: 4 }],
    ["ahead of what there is", { offset: 11 }],
    ["before a resize", { offset: 2 }],
    ["at several resizes, of which the viewer may have seen some", { offset: 5 }],
  ])("with since %s gives a snapshot", async (_what, since) => {
    const { owner, viewer } = createFixture();
    const { ack, say, resized } = await owner();
    await say("012");
    await resized(90, 20);
    await say("34");
    await resized(90, 10);
    await resized(90, 20);
    await say("56789");
    const answer = await viewer({ since: { epoch: ack.epoch, ...since } });
    expect(answer.ack).toMatchObject({ success: true, mode: "snapshot" });
  });

  it("at one resize or after it gives a delta of the size it made", async () => {
    const { owner, viewer, clock } = createFixture();
    const { ack, say, resized } = await owner();
    await say("012");
    await resized(90, 20);
    await say("3456789");
    for (const [offset, scrollback] of [
      [3, "3456789"],
      [4, "456789"],
    ] as const) {
      const answer = await viewer({ since: { epoch: ack.epoch, offset } });
      expect(answer.ack).toMatchObject({ mode: "delta", cols: 90, rows: 20, from: offset, scrollback });
      clock.advance(100);
      expect(answer.peer.got("terminal:resized")).toEqual([]);
    }
  });

  it("gives at least the last 256 KiB as a delta, whatever the window", async () => {
    const { owner, viewer } = createFixture();
    const { ack, say } = await owner();
    for (let at = 0; at < 40; at += 1) await say("x".repeat(64 * KIB));
    const offset = 40 * 64 * KIB - 256 * KIB;
    const answer = await viewer({ since: { epoch: ack.epoch, offset }, window: 16 * KIB });
    expect(answer.ack).toMatchObject({ mode: "delta", from: offset, offset: 40 * 64 * KIB });
    expect(answer.ack.scrollback).toHaveLength(256 * KIB);
    expect((await viewer({ since: { epoch: ack.epoch, offset: 1 } })).ack.mode).toBe("snapshot");
  });

  it("is answered before any output of it, also when output comes at the same moment", async () => {
    const { owner, peer, call, clock } = createFixture();
    const { say, ack } = await owner();
    await say("abc");
    for (const since of [undefined, { epoch: ack.epoch, offset: 1 }]) {
      const viewer = peer();
      const watching = call(viewer, "terminal:watch", { sessionId: "s1", since });
      const saying = say("x");
      clock.advance(16);
      await Promise.all([watching, saying]);
      await say("y");
      clock.advance(16);
      expect(viewer.inbox[0]?.event).toBe("ack:terminal:watch");
      expect(viewer.inbox[1]?.event).toBe("terminal:output");
      const { scrollback, offset } = viewer.inbox[0]!.payload;
      expect(scrollback + textOf(viewer, offset)).toMatch(/xy$/);
    }
  });

  it("a second time on one socket takes the place of the first", async () => {
    const { owner, viewer, call, clock, terminals } = createFixture();
    const { say } = await owner();
    const { peer } = await viewer();
    await call(peer, "terminal:watch", { sessionId: "s1" });
    clock.advance(0);
    await say("abc");
    expect(peer.got("terminal:output")).toHaveLength(1);
    expect(terminals.status().viewers).toBe(1);
    await call(peer, "terminal:unwatch", { sessionId: "s1" });
    await say("def");
    clock.advance(100);
    expect(peer.got("terminal:output")).toHaveLength(1);
    expect(await call(peer, "terminal:unwatch", { sessionId: "s1" })).toEqual({ success: true });
    expect(terminals.status().viewers).toBe(0);
  });

  it("is refused beyond the terminals one socket may watch", async () => {
    const { owner, call, peer, sessions } = createFixture({ limits: { perSocket: 2 } });
    const viewer = peer();
    for (const sessionId of ["a", "b", "c"]) {
      sessions.set(sessionId, "p1");
      await owner({ sessionId });
    }
    expect(await call(viewer, "terminal:watch", { sessionId: "a" })).toMatchObject({ success: true });
    expect(await call(viewer, "terminal:watch", { sessionId: "b" })).toMatchObject({ success: true });
    expect(await call(viewer, "terminal:watch", { sessionId: "a" })).toMatchObject({ success: true });
    expect(await call(viewer, "terminal:watch", { sessionId: "c" })).toMatchObject({
      code: "CONFLICT",
      details: { limit: 2 },
    });
  });
});

describe("encoding", () => {
  it("utf8 cuts strings at characters, binary gives the bytes as they came", async () => {
    const { owner, viewer, clock } = createFixture();
    const { say } = await owner();
    const text = await viewer();
    const bytes = await viewer({ encoding: "binary" });
    const whole = new TextEncoder().encode("a漢b😀c");
    for (const byte of whole) {
      await say(new Uint8Array([byte]));
      clock.advance(16);
    }
    clock.advance(200);
    expect(textOf(text.peer)).toBe("a漢b😀c");
    for (const { data } of text.peer.got("terminal:output")) expect(data).not.toMatch(/\ufffd/);
    const parts: Uint8Array[] = bytes.peer.got("terminal:output").map(({ data }) => data);
    expect(parts.every((part) => part instanceof Uint8Array)).toBe(true);
    expect(Buffer.concat(parts).toString()).toBe("a漢b😀c");
  });

  it("keeps a byte order mark, so that offsets stay right", async () => {
    const { owner, viewer, clock } = createFixture();
    const { say } = await owner();
    const { peer } = await viewer();
    await say("\ufeffab");
    clock.advance(16);
    await say("\ufeffcd");
    clock.advance(16);
    expect(textOf(peer)).toBe("\ufeffab\ufeffcd");
  });

  it("cuts frames of many wide characters at 64 KiB and at characters", async () => {
    const { owner, viewer, call, clock } = createFixture();
    const { say, ack } = await owner();
    const { peer } = await viewer();
    await say("漢".repeat(60_000));
    for (let acked = 0; acked < 180_000; clock.advance(16)) {
      const last = peer.got("terminal:output").at(-1);
      acked = last.offset + Buffer.byteLength(last.data);
      await call(peer, "terminal:ack", { sessionId: "s1", epoch: ack.epoch, offset: acked });
    }
    expect(textOf(peer)).toBe("漢".repeat(60_000));
    for (const { data } of peer.got("terminal:output"))
      expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64 * KIB);
  });

  it("gives a snapshot when since lies inside a character and strings are wanted", async () => {
    const { owner, viewer } = createFixture();
    const { say, ack } = await owner();
    await say("漢字");
    const since = { epoch: ack.epoch, offset: 1 };
    expect((await viewer({ since })).ack.mode).toBe("snapshot");
    const binary = await viewer({ since, encoding: "binary" });
    expect(binary.ack).toMatchObject({ mode: "delta", from: 1, offset: 6 });
    expect(binary.ack.scrollback).toBeInstanceOf(Uint8Array);
  });
});

describe("delivery", () => {
  it("is at once when idle, then every 16 ms", async () => {
    const { owner, viewer, clock } = createFixture();
    const { say } = await owner();
    const { peer } = await viewer();
    clock.advance(1_000);
    await say("a");
    expect(textOf(peer)).toBe("a");
    await say("b");
    await say("c");
    clock.advance(15);
    expect(textOf(peer)).toBe("a");
    clock.advance(1);
    expect(textOf(peer)).toBe("abc");
    expect(peer.got("terminal:output")).toHaveLength(2);
    clock.advance(16);
    await say("d");
    expect(textOf(peer)).toBe("abcd");
  });

  it("is after 4 ms when somebody typed", async () => {
    const { owner, viewer, call, clock } = createFixture();
    const { say } = await owner();
    const { peer } = await viewer();
    clock.advance(1_000);
    await say("a");
    await say("b");
    await call(peer, "terminal:input", { sessionId: "s1", input: "x" });
    clock.advance(4);
    expect(textOf(peer)).toBe("ab");
    await say("x");
    clock.advance(3);
    expect(textOf(peer)).toBe("ab");
    clock.advance(1);
    expect(textOf(peer)).toBe("abx");
  });

  it("is at once at 64 KiB", async () => {
    const { owner, viewer, clock } = createFixture();
    const { say } = await owner();
    const { peer } = await viewer({ window: 512 * KIB }, { isOld: true });
    clock.advance(1_000);
    await say("a");
    await say("x".repeat(60 * KIB));
    expect(textOf(peer)).toHaveLength(1);
    await say("x".repeat(4 * KIB));
    expect(textOf(peer)).toHaveLength(64 * KIB + 1);
  });

  it("keeps resizes and the exit at their byte", async () => {
    const { owner, viewer, clock } = createFixture();
    const { say, resized, exit, ack } = await owner();
    const { peer } = await viewer();
    clock.advance(1_000);
    await say("a");
    await say("bc");
    await resized(100, 30);
    await resized(90, 10);
    await resized(90, 25);
    await say("de");
    await exit(3);
    const { epoch } = ack;
    const sessionId = "s1";
    expect(peer.inbox.slice(1)).toEqual([
      { event: "terminal:output", payload: { sessionId, epoch, offset: 0, data: "a" } },
      { event: "terminal:output", payload: { sessionId, epoch, offset: 1, data: "bc" } },
      { event: "terminal:resized", payload: { sessionId, epoch, offset: 3, cols: 100, rows: 30 } },
      { event: "terminal:resized", payload: { sessionId, epoch, offset: 3, cols: 90, rows: 10 } },
      { event: "terminal:resized", payload: { sessionId, epoch, offset: 3, cols: 90, rows: 25 } },
      { event: "terminal:output", payload: { sessionId, epoch, offset: 3, data: "de" } },
      { event: "terminal:exit", payload: { sessionId, epoch, offset: 5, exitCode: 3 } },
    ]);
  });

  it("encodes once for viewers at one place", async () => {
    const { owner, viewer, transport, clock } = createFixture();
    const { say } = await owner();
    const viewers = await Promise.all([viewer(), viewer(), viewer(), viewer({ encoding: "binary" })]);
    clock.advance(1_000);
    await say("abc");
    expect(transport.multicasts).toBe(1);
    const [one, two, three, binary] = viewers.map(({ peer }) => peer.got("terminal:output")[0]);
    expect(one.data).toBe("abc");
    expect(two).toBe(one);
    expect(three).toBe(one);
    expect(binary.data).toEqual(new Uint8Array([97, 98, 99]));
  });

  it("holds a sequence cut between two chunks for 100 ms at most", async () => {
    const { owner, viewer, clock } = createFixture();
    const { say } = await owner();
    const { peer } = await viewer();
    expect(await say("a\x1b[3")).toMatchObject({ offset: 4 });
    clock.advance(50);
    expect(textOf(peer)).toBe("a");
    await say("1mb");
    clock.advance(16);
    expect(textOf(peer)).toBe("a\x1b[31mb");
    await say("\x1b[");
    clock.advance(99);
    expect(textOf(peer)).toBe("a\x1b[31mb");
    clock.advance(17);
    expect(textOf(peer)).toBe("a\x1b[31mb\x1b[");
  });
});

describe("a terminal that ended", () => {
  it("gives its last screen for 5 min, then terminal:exit", async () => {
    const { owner, viewer, clock, terminals } = createFixture();
    const { say, exit, ack: registered } = await owner();
    await say("bye");
    await exit(2);
    clock.advance(299_000);
    const { peer, ack } = await viewer();
    expect(ack).toMatchObject({ mode: "snapshot", offset: 3, scrollback: expect.stringMatching(/bye$/) });
    expect(peer.inbox.map(({ event }) => event)).toEqual(["ack:terminal:watch", "terminal:exit"]);
    expect(peer.got("terminal:exit")).toEqual([
      { sessionId: "s1", epoch: registered.epoch, offset: 3, exitCode: 2 },
    ]);
    expect(terminals.status()).toMatchObject({ active: 0, ended: 1, viewers: 1 });
    clock.advance(1_000);
    expect((await viewer()).ack.code).toBe("NOT_FOUND");
    expect(terminals.has("s1")).toBe(false);
    expect(terminals.status()).toEqual({ active: 0, ended: 0, viewers: 0, lagBytes: { sum: 0, max: 0 } });
    expect(clock.waiting).toBe(0);
  });

  it("says the signal that ended it, and null for no exit code", async () => {
    const { owner, viewer, call } = createFixture();
    const { peer: ownerPeer } = await owner();
    const { peer } = await viewer();
    await call(ownerPeer, "terminal:exit", { ptyId: "pty", signal: "SIGKILL" });
    expect(peer.got("terminal:exit")[0]).toMatchObject({ exitCode: null, reason: "signal SIGKILL" });
  });

  it("makes room first when the server is full of terminals", async () => {
    const { owner, sessions, terminals } = createFixture({ limits: { terminals: 2 } });
    for (const sessionId of ["a", "b", "c"]) sessions.set(sessionId, "p1");
    await owner({ sessionId: "a" });
    const second = await owner({ sessionId: "b" });
    expect((await owner({ sessionId: "c" })).ack).toMatchObject({ code: "CONFLICT", details: { limit: 2 } });
    await second.exit(0);
    expect((await owner({ sessionId: "c" })).ack).toMatchObject({ success: true });
    expect([terminals.has("a"), terminals.has("b"), terminals.has("c")]).toEqual([true, false, true]);
  });

  it("is followed by a new epoch on the same viewers", async () => {
    const { owner, viewer, clock } = createFixture();
    const first = await owner();
    const { peer } = await viewer();
    await first.exit(0);
    const second = await owner();
    await settle();
    expect(peer.got("terminal:reset")[0]).toMatchObject({ epoch: second.ack.epoch, offset: 0 });
    clock.advance(300_000);
    expect((await viewer()).ack.success).toBe(true);
  });
});

describe("the end of a session or server", () => {
  it("a deleted session's terminal exits with session_removed and is not kept", async () => {
    const { owner, viewer, terminals, clock } = createFixture();
    const { say } = await owner();
    const { peer } = await viewer();
    terminals.sessionRemoved("s1");
    expect(peer.got("terminal:exit")).toMatchObject([{ exitCode: null, reason: "session_removed" }]);
    expect((await viewer()).ack.code).toBe("NOT_FOUND");
    expect(await say("x")).toMatchObject({ code: "NOT_FOUND" });
    expect(clock.waiting).toBe(0);
  });

  it("a deleted project takes the terminals of its sessions with it, and no others", async () => {
    const { owner, viewer, terminals, sessions } = createFixture();
    sessions.set("s2", "p2");
    await owner();
    await owner({ sessionId: "s2" });
    const { peer } = await viewer();
    terminals.projectRemoved("p1");
    expect(peer.got("terminal:exit")).toMatchObject([{ exitCode: null, reason: "session_removed" }]);
    expect([terminals.has("s1"), terminals.has("s2")]).toEqual([false, true]);
  });

  it("a shutdown tells every viewer once and leaves no timer", async () => {
    const { owner, viewer, terminals, clock, peer: newPeer, call } = createFixture();
    await owner();
    const { peer } = await viewer({ priority: "auto" });
    const lost = newPeer();
    terminals.detached((await owner({ sessionId: "s2" })).peer);
    const typing = call(lost, "terminal:input", { sessionId: "s2", input: "x" });
    terminals.shutdown();
    expect(peer.got("terminal:exit")).toEqual([
      { sessionId: "s1", exitCode: null, reason: "server_shutdown" },
    ]);
    expect(await typing).toMatchObject({ code: "SHUTTING_DOWN" });
    expect(clock.waiting).toBe(0);
    expect(terminals.status()).toEqual({ active: 0, ended: 0, viewers: 0, lagBytes: { sum: 0, max: 0 } });
  });

  it("access that is revoked closes the viewers of that project and takes its terminals from the socket", async () => {
    const { owner, viewer, terminals, clock } = createFixture();
    const { say, peer: ownerPeer } = await owner();
    const { peer } = await viewer();
    terminals.revoked(peer, "other");
    await say("a");
    terminals.revoked(peer, "p1");
    await say("b");
    clock.advance(100);
    expect(textOf(peer)).toBe("a");
    terminals.revoked(ownerPeer, "p1");
    expect(await say("c")).toMatchObject({ success: false });
  });
});
