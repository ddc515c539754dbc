import { describe, expect, it } from "vitest";
import { createFixture, FULL_RESET, settle, textOf } from "./fixture.ts";

describe("an owner", () => {
  it("gets an epoch, offset 0 and a key, and the session's size is 80 by 24 unless it says otherwise", async () => {
    const { owner, terminals } = createFixture();
    const { ack } = await owner();
    expect(ack).toEqual({
      success: true,
      epoch: expect.any(String),
      offset: 0,
      resumeKey: expect.any(String),
      viewers: 0,
    });
    expect(ack.epoch).not.toBe(ack.resumeKey);
    expect(terminals.sizeOf("s1")).toEqual({ cols: 80, rows: 24 });
  });

  it("creates an unknown session in the project it names, else in its socket's, named by title or id", async () => {
    const { owner, created, registered } = createFixture({ sessions: {} });
    await owner({ sessionId: "a", projectId: "px", title: "build" });
    await owner({ sessionId: "b" });
    await owner({ sessionId: "c" }, { projectId: undefined as never });
    expect(created).toEqual([
      { sessionId: "a", projectId: "px", name: "build" },
      { sessionId: "b", projectId: "p1", name: "b" },
      { sessionId: "c", projectId: "default", name: "c" },
    ]);
    expect(registered).toEqual(["a", "b", "c"]);
  });

  it("leaves a known session in its project, whatever project is named", async () => {
    const { owner, viewer, created, watching } = createFixture({ sessions: { s1: "p7" } });
    await owner({ projectId: "other" });
    await viewer();
    expect(created).toEqual([]);
    expect(watching).toEqual([["p7", true]]);
  });

  it("needs the role of an editor", async () => {
    const { owner, created } = createFixture({ sessions: {} });
    const { ack } = await owner({}, { role: "viewer" });
    expect(ack).toMatchObject({ success: false, code: "FORBIDDEN" });
    expect(created).toEqual([]);
  });

  it("is told what is stored; strings count as UTF-8 bytes", async () => {
    const { owner } = createFixture();
    const { say } = await owner();
    expect(await say("abc")).toEqual({ success: true, offset: 3 });
    expect(await say("漢é")).toEqual({ success: true, offset: 8 });
    expect(await say(new Uint8Array([65, 66]))).toEqual({ success: true, offset: 10 });
  });

  it("may send again what is known: it is dropped, an overlap is cut, and a hole is CONFLICT with the offset", async () => {
    const { owner, viewer, clock } = createFixture();
    const { say } = await owner();
    const { peer } = await viewer();
    expect(await say("hello", 0)).toMatchObject({ offset: 5 });
    expect(await say("hello", 0)).toMatchObject({ success: true, offset: 5 });
    expect(await say("lo world", 3)).toMatchObject({ success: true, offset: 11 });
    expect(await say("!", 12)).toMatchObject({ success: false, code: "CONFLICT", details: { offset: 11 } });
    expect(await say("!", 11)).toMatchObject({ offset: 12 });
    clock.advance(16);
    expect(textOf(peer)).toBe("hello world!");
  });

  it("may repeat resizes and the exit; ahead of what is stored they are CONFLICT", async () => {
    const { owner, viewer, clock } = createFixture();
    const { say, resized, exit } = await owner();
    const { peer } = await viewer();
    await say("abc", 0);
    expect(await resized(100, 30, 3)).toEqual({ success: true, offset: 3 });
    await say("def", 3);
    expect(await resized(100, 30, 3)).toMatchObject({ success: true });
    expect(await resized(90, 20, 7)).toMatchObject({ code: "CONFLICT", details: { offset: 6 } });
    expect(await exit(0, 7)).toMatchObject({ code: "CONFLICT", details: { offset: 6 } });
    expect(await exit(3, 6)).toEqual({ success: true, offset: 6 });
    expect(await exit(3, 6)).toEqual({ success: true, offset: 6 });
    expect(await say("def", 3)).toEqual({ success: true, offset: 6 });
    expect(await say("g", 6)).toMatchObject({ code: "CONFLICT" });
    clock.advance(100);
    expect(peer.got("terminal:resized")).toHaveLength(1);
    expect(peer.got("terminal:exit")).toHaveLength(1);
  });

  it("is refused over a live owner, and takes over at once with the key", async () => {
    const { owner } = createFixture();
    const first = await owner();
    await first.say("abc");
    const intruder = await owner();
    expect(intruder.ack).toMatchObject({ success: false, code: "CONFLICT" });
    const { epoch, resumeKey } = first.ack;
    const wrong = await owner({ resume: { epoch, from: 0, offset: 3, resumeKey: "guess" } });
    expect(wrong.ack).toMatchObject({ success: false, code: "CONFLICT" });
    const second = await owner({ resume: { epoch, from: 0, offset: 5, resumeKey } });
    expect(second.ack).toEqual({ success: true, epoch, offset: 3, resumeKey, viewers: 0 });
    expect(await first.say("x")).toMatchObject({ success: false, code: "CONFLICT" });
    expect(await second.say("de", 3)).toMatchObject({ success: true, offset: 5 });
  });

  it("going on is told how many resizes the server has since the last byte", async () => {
    const { owner } = createFixture();
    const first = await owner();
    await first.say("abc");
    const { epoch, resumeKey } = first.ack;
    const again = async () => (await owner({ resume: { epoch, from: 0, offset: 9, resumeKey } })).ack;
    expect(await again()).not.toHaveProperty("resizes");
    const { resized, say } = await owner({ resume: { epoch, from: 0, offset: 9, resumeKey } });
    await resized(20, 5, 3);
    await resized(30, 6, 3);
    expect(await again()).toMatchObject({ offset: 3, resizes: 2 });
    expect(await say("late", 3)).toMatchObject({ code: "CONFLICT" });
    await (await owner({ resume: { epoch, from: 0, offset: 9, resumeKey } })).say("de", 3);
    expect(await again()).not.toHaveProperty("resizes");
  });

  it("is told that its session was deleted, an old one is not", async () => {
    const { owner, terminals, sessions } = createFixture();
    sessions.set("s2", "p1");
    const { peer } = await owner();
    const old = await owner({ sessionId: "s2" }, { isOld: true });
    terminals.sessionRemoved("s1");
    terminals.sessionRemoved("s2");
    expect(peer.got("terminal:exit")).toEqual([{ ptyId: "pty", reason: "session_removed" }]);
    expect(old.peer.got("terminal:exit")).toEqual([]);
  });

  it("has a ptyId of its own on each socket, and none twice on one", async () => {
    const { owner, call, sessions } = createFixture();
    sessions.set("s2", "p1");
    const { peer } = await owner();
    expect((await owner({ sessionId: "s2" })).ack).toMatchObject({ success: true });
    sessions.set("s3", "p1");
    const taken = await call(peer, "terminal:register", { sessionId: "s3", ptyId: "pty" });
    expect(taken).toMatchObject({ success: false, code: "CONFLICT" });
    expect(await call(peer, "terminal:output", { ptyId: "other", data: "x" })).toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("may send output before its register is answered", async () => {
    const { peer, call, viewer } = createFixture();
    const owner = peer({ namespace: "/cli", projectId: "p1" });
    const register = call(owner, "terminal:register", { sessionId: "s1", ptyId: "pty" });
    const outputs = ["a", "b", "c"].map((data) => call(owner, "terminal:output", { ptyId: "pty", data }));
    expect(await register).toMatchObject({ success: true, offset: 0 });
    expect(await Promise.all(outputs)).toMatchObject([{ offset: 1 }, { offset: 2 }, { offset: 3 }]);
    expect((await viewer()).ack.scrollback).toMatch(/abc$/);
  });

  it("begins a new epoch when it registers anew, and viewers get terminal:reset", async () => {
    const { owner, viewer, terminals, clock } = createFixture();
    const first = await owner();
    await first.say("old");
    const { peer } = await viewer();
    terminals.detached(first.peer);
    const second = await owner({ cols: 100, rows: 40 });
    expect(second.ack.epoch).not.toBe(first.ack.epoch);
    expect(second.ack).toMatchObject({ offset: 0, viewers: 1 });
    await settle();
    expect(peer.got("terminal:reset")).toEqual([
      {
        sessionId: "s1",
        cols: 100,
        rows: 40,
        epoch: second.ack.epoch,
        offset: 0,
        scrollback: expect.stringContaining(FULL_RESET),
      },
    ]);
    await second.say("new");
    clock.advance(16);
    expect(peer.got("terminal:output").at(-1)).toEqual({
      sessionId: "s1",
      epoch: second.ack.epoch,
      offset: 0,
      data: "new",
    });
  });
});

describe("an owner whose connection is lost", () => {
  it("has 30 s to come back; viewers hear lost and back, and the stream goes on where the server has it", async () => {
    const { owner, viewer, terminals, clock } = createFixture();
    const first = await owner();
    await first.say("abc");
    const { peer, ack } = await viewer();
    terminals.detached(first.peer);
    expect(peer.got("terminal:owner")).toEqual([{ sessionId: "s1", status: "lost" }]);
    clock.advance(29_999);
    expect(peer.got("terminal:exit")).toEqual([]);
    const { epoch, resumeKey } = first.ack;
    const second = await owner({ resume: { epoch, from: 0, offset: 9, resumeKey } });
    expect(second.ack).toMatchObject({ epoch, offset: 3, resumeKey, viewers: 1 });
    expect(peer.got("terminal:owner").at(-1)).toEqual({ sessionId: "s1", status: "back" });
    await second.say("defghi", 3);
    clock.advance(60_000);
    expect(textOf(peer, ack.offset)).toBe("defghi");
    expect(peer.got("terminal:exit")).toEqual([]);
    expect(peer.got("terminal:reset")).toEqual([]);
  });

  it("is given up after 30 s with owner_disconnected; one that comes even later goes on all the same", async () => {
    const { owner, viewer, terminals, clock } = createFixture();
    const first = await owner();
    await first.say("abc");
    const { peer } = await viewer();
    terminals.detached(first.peer);
    clock.advance(30_000);
    expect(peer.got("terminal:exit")).toEqual([
      { sessionId: "s1", epoch: first.ack.epoch, offset: 3, exitCode: null, reason: "owner_disconnected" },
    ]);
    const { epoch, resumeKey } = first.ack;
    const second = await owner({ resume: { epoch, from: 0, offset: 3, resumeKey } });
    expect(second.ack).toMatchObject({ epoch, offset: 3 });
    expect(peer.got("terminal:owner").map(({ status }) => status)).toEqual(["lost", "back"]);
    await second.say("def", 3);
    await second.exit(0);
    clock.advance(16);
    expect(peer.got("terminal:output").at(-1)).toMatchObject({ offset: 3, data: "def" });
    expect(peer.got("terminal:exit").at(-1)).toMatchObject({ offset: 6, exitCode: 0 });
  });

  it("does not resume with another key", async () => {
    const { owner, terminals } = createFixture();
    const first = await owner();
    terminals.detached(first.peer);
    const { epoch } = first.ack;
    const other = await owner({ resume: { epoch, from: 0, offset: 0, resumeKey: "guess" } });
    expect(other.ack).toMatchObject({ success: false, code: "CONFLICT" });
  });

  it("may say again that it exited when the ack of that was lost", async () => {
    const { owner, terminals } = createFixture();
    const first = await owner();
    await first.say("abc");
    await first.exit(7);
    terminals.detached(first.peer);
    const { epoch, resumeKey } = first.ack;
    const second = await owner({ resume: { epoch, from: 0, offset: 3, resumeKey } });
    expect(second.ack).toMatchObject({ epoch, offset: 3 });
    expect(await second.say("abc", 0)).toMatchObject({ success: true, offset: 3 });
    expect(await second.exit(7, 3)).toMatchObject({ success: true, offset: 3 });
  });
});

describe("a server without the stream", () => {
  const resume = { epoch: "mine", from: 0, offset: 20, resumeKey: "secret" };

  it("keeps the epoch and the key and asks for everything when the owner still has it", async () => {
    const { owner } = createFixture();
    const { ack, say } = await owner({ resume, cols: 90, rows: 30 });
    expect(ack).toEqual({ success: true, epoch: "mine", offset: 0, resumeKey: "secret", viewers: 0 });
    expect(await say("0123456789", 0)).toMatchObject({ offset: 10 });
  });

  it("begins with the owner's snapshot when older output is gone", async () => {
    const { owner, viewer } = createFixture();
    const snapshot = { offset: 12, cols: 70, rows: 20, data: "\x1bcscreen" };
    const { ack, say } = await owner({ resume: { ...resume, from: 10, snapshot } });
    expect(ack).toMatchObject({ epoch: "mine", offset: 12, resumeKey: "secret" });
    await say("more", 12);
    expect((await viewer()).ack).toMatchObject({ mode: "snapshot", cols: 70, rows: 20, epoch: "mine" });
  });

  it("lets a viewer that has more wait for its delta until the owner has sent it again", async () => {
    const { owner, peer, call, clock } = createFixture();
    const { say } = await owner({ resume });
    await say("0123456789", 0);
    const viewer = peer();
    const since = { epoch: "mine", offset: 15 };
    const watching = call(viewer, "terminal:watch", { sessionId: "s1", since });
    await settle();
    expect(viewer.inbox).toEqual([]);
    await say("0123456789", 10);
    expect(await watching).toMatchObject({ mode: "delta", from: 15, offset: 20, scrollback: "56789" });
    const other = call(peer(), "terminal:watch", { sessionId: "s1", since: { epoch: "mine", offset: 25 } });
    expect(await other).toMatchObject({ mode: "snapshot", offset: 20 });
    const impatient = createFixture();
    await impatient.owner({ resume });
    const late = impatient.call(impatient.peer(), "terminal:watch", { sessionId: "s1", since });
    impatient.clock.advance(1_000);
    expect(await late).toMatchObject({ mode: "snapshot", offset: 0 });
    clock.advance(0);
    expect(clock.waiting).toBe(0);
  });

  it("starts a new epoch with neither", async () => {
    const { owner } = createFixture();
    expect((await owner({ resume: { ...resume, from: 10 } })).ack).toMatchObject({
      success: true,
      offset: 0,
    });
    const hole = createFixture();
    const snapshot = { offset: 4, cols: 70, rows: 20, data: "" };
    const { ack } = await hole.owner({ resume: { ...resume, from: 10, snapshot } });
    expect(ack.epoch).not.toBe("mine");
    expect(ack.resumeKey).not.toBe("secret");
    expect(ack.offset).toBe(0);
  });
});

describe("flow to the owner", () => {
  it("is never paused by a viewer that takes nothing", async () => {
    const { owner, viewer, clock } = createFixture();
    const { peer: ownerPeer, say } = await owner();
    const { peer } = await viewer();
    peer.unsent = 1_000_000;
    for (let at = 0; at < 100; at += 1) {
      await say("x".repeat(65_536));
      clock.advance(16);
    }
    expect(ownerPeer.got("terminal:flow")).toEqual([]);
    expect(ownerPeer.isClosed).toBe(false);
    expect(peer.got("terminal:output")).toEqual([]);
  });
});
