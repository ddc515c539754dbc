import { describe, expect, it } from "vitest";
import type { FakePeer } from "./fake-peer.ts";
import { createFixture, settle } from "./fixture.ts";

/** What the PTY was given, in order. */
function typed(owner: FakePeer): string[] {
  return owner.got("terminal:input").map(({ data }) => data);
}

describe("terminal:input", () => {
  it("reaches the owner by its ptyId, and is acked after the owner's ack", async () => {
    const { owner, viewer, call } = createFixture();
    const { peer: ownerPeer } = await owner();
    const { peer } = await viewer();
    ownerPeer.onRequest = undefined;
    let answered = false;
    const typing = call(peer, "terminal:input", { sessionId: "s1", input: "ls\r", inputSeq: 1 });
    void typing.then(() => {
      answered = true;
    });
    await settle();
    expect(ownerPeer.got("terminal:input")).toEqual([{ ptyId: "pty", data: "ls\r" }]);
    expect(answered).toBe(false);
    ownerPeer.requests[0]?.answer({ success: true });
    expect(await typing).toEqual({ success: true, inputSeq: 1 });
  });

  it("names its viewer to the owner when the viewer has a name, and no client's id ever", async () => {
    const { owner, viewer, call } = createFixture();
    const { peer } = await owner();
    const { peer: ann } = await viewer({}, { userId: "ann", clientId: "secret" });
    const type = (more: object) => call(ann, "terminal:input", { sessionId: "s1", input: "x", ...more });
    await type({ inputSeq: 3, viewerId: "v" });
    await type({ inputSeq: 3 });
    await type({ viewerId: "v" });
    expect(peer.got("terminal:input")).toEqual([
      { ptyId: "pty", data: "x", source: '["ann","v"]', inputSeq: 3 },
      { ptyId: "pty", data: "x" },
      { ptyId: "pty", data: "x" },
    ]);
  });

  it("is taken at once by an old owner, which acks nothing", async () => {
    const { owner, viewer, call } = createFixture();
    const { peer: ownerPeer } = await owner({}, { isOld: true });
    const { peer } = await viewer();
    expect(await call(peer, "terminal:input", { sessionId: "s1", input: "x" })).toEqual({ success: true });
    expect(typed(ownerPeer)).toEqual(["x"]);
    expect(ownerPeer.requests).toEqual([]);
  });

  it("keeps its order of arrival without waiting for the ack before", async () => {
    const { owner, viewer, call } = createFixture();
    const { peer: ownerPeer } = await owner();
    const one = await viewer();
    const other = await viewer();
    ownerPeer.onRequest = undefined;
    const typing = [
      call(one.peer, "terminal:input", { sessionId: "s1", input: "a" }),
      call(other.peer, "terminal:input", { sessionId: "s1", input: "paste of many lines\r" }),
      call(one.peer, "terminal:input", { sessionId: "s1", input: "b" }),
    ];
    await settle();
    expect(typed(ownerPeer)).toEqual(["a", "paste of many lines\r", "b"]);
    for (const request of ownerPeer.requests) request.answer(undefined);
    expect(await Promise.all(typing)).toMatchObject([
      { success: true },
      { success: true },
      { success: true },
    ]);
  });

  it("is not typed again under an inputSeq at or below the last, on any socket of the user", async () => {
    const { owner, viewer, call } = createFixture();
    const { peer: ownerPeer } = await owner();
    const before = await viewer();
    const type = (peer: FakePeer, inputSeq: number, input: string) =>
      call(peer, "terminal:input", { sessionId: "s1", input, inputSeq, viewerId: "v1" });
    await type(before.peer, 1, "a");
    await type(before.peer, 2, "b");
    const after = await viewer();
    expect(await type(after.peer, 1, "a")).toEqual({ success: true, inputSeq: 1 });
    expect(await type(after.peer, 2, "b")).toEqual({ success: true, inputSeq: 2 });
    await type(after.peer, 4, "d");
    expect(await type(after.peer, 3, "c")).toEqual({ success: true, inputSeq: 3 });
    expect(typed(ownerPeer)).toEqual(["a", "b", "d"]);
  });

  it("sent again while the owner has not acked waits for that ack and is not typed twice", async () => {
    const { owner, viewer, call } = createFixture();
    const { peer: ownerPeer } = await owner();
    ownerPeer.onRequest = undefined;
    const payload = { sessionId: "s1", input: "a", inputSeq: 1, viewerId: "v1" };
    const first = call((await viewer()).peer, "terminal:input", payload);
    const again = call((await viewer()).peer, "terminal:input", payload);
    await settle();
    expect(typed(ownerPeer)).toEqual(["a"]);
    ownerPeer.requests[0]?.answer({ success: true });
    expect(await Promise.all([first, again])).toMatchObject([{ success: true }, { success: true }]);
  });

  it("is told apart by viewerId, by user, and without a viewerId by client", async () => {
    const { owner, viewer, call } = createFixture();
    const { peer: ownerPeer } = await owner();
    const type = async (userId: string, clientId: string, viewerId: string | undefined, input: string) => {
      const { peer } = await viewer({}, { userId, clientId });
      await call(peer, "terminal:input", { sessionId: "s1", input, inputSeq: 1, viewerId });
    };
    await type("ann", "c1", "v1", "1");
    await type("ann", "c1", "v2", "2");
    await type("bob", "c1", "v1", "3");
    await type("ann", "c1", undefined, "4");
    await type("ann", "c2", undefined, "5");
    await type("ann", "c2", undefined, "again");
    expect(typed(ownerPeer)).toEqual(["1", "2", "3", "4", "5"]);
  });

  it("without an inputSeq is typed each time", async () => {
    const { owner, viewer, call } = createFixture();
    const { peer: ownerPeer } = await owner();
    const { peer } = await viewer();
    await call(peer, "terminal:input", { sessionId: "s1", input: "a", viewerId: "v" });
    await call(peer, "terminal:input", { sessionId: "s1", input: "a", viewerId: "v" });
    expect(typed(ownerPeer)).toEqual(["a", "a"]);
  });

  it("counts anew in a new epoch", async () => {
    const { owner, viewer, call } = createFixture();
    const first = await owner();
    const { peer } = await viewer();
    const payload = { sessionId: "s1", input: "a", inputSeq: 5, viewerId: "v" };
    await call(peer, "terminal:input", payload);
    await first.exit(0);
    const second = await owner();
    await call(peer, "terminal:input", { ...payload, inputSeq: 1 });
    expect(typed(second.peer)).toEqual(["a"]);
  });

  it("remembers 1,000 viewers, the one that typed least recently is forgotten", async () => {
    const { owner, viewer, call } = createFixture({ limits: { inputKeptViewers: 2 } });
    const { peer: ownerPeer } = await owner();
    const { peer } = await viewer();
    for (const viewerId of ["v1", "v2", "v1", "v3", "v1", "v2"]) {
      await call(peer, "terminal:input", { sessionId: "s1", input: viewerId, inputSeq: 1, viewerId });
    }
    expect(typed(ownerPeer)).toEqual(["v1", "v2", "v3", "v2"]);
  });

  it("waits for an owner for 5 s, then is UNAVAILABLE and may be typed later under the same number", async () => {
    const { owner, viewer, call, terminals, clock } = createFixture();
    const first = await owner();
    const { peer } = await viewer();
    terminals.detached(first.peer);
    const payload = { sessionId: "s1", input: "a", inputSeq: 1, viewerId: "v" };
    const typing = call(peer, "terminal:input", payload);
    clock.advance(5_000);
    expect(await typing).toMatchObject({ success: false, code: "UNAVAILABLE" });
    const waiting = [1, 2].map((inputSeq) =>
      call(peer, "terminal:input", { ...payload, input: `${inputSeq}`, inputSeq }),
    );
    clock.advance(4_000);
    const { epoch, resumeKey } = first.ack;
    const second = await owner({ resume: { epoch, from: 0, offset: 0, resumeKey } });
    expect(await Promise.all(waiting)).toMatchObject([{ success: true }, { success: true }]);
    expect(typed(second.peer)).toEqual(["1", "2"]);
  });

  it("that was refused and comes again behind a later one is not typed: it would be out of order", async () => {
    const { owner, viewer, call, terminals, clock } = createFixture();
    const first = await owner();
    const { peer } = await viewer();
    terminals.detached(first.peer);
    const type = (inputSeq: number) =>
      call(peer, "terminal:input", { sessionId: "s1", input: `${inputSeq}`, inputSeq, viewerId: "v" });
    const refused = type(1);
    clock.advance(3_000);
    const later = type(2);
    clock.advance(2_000);
    expect(await refused).toMatchObject({ code: "UNAVAILABLE" });
    const again = type(1);
    const { epoch, resumeKey } = first.ack;
    const second = await owner({ resume: { epoch, from: 0, offset: 0, resumeKey } });
    expect(await Promise.all([later, again])).toMatchObject([{ success: true }, { success: true }]);
    expect(typed(second.peer)).toEqual(["2"]);
  });

  it("is UNAVAILABLE when the owner does not ack it, also when it is sent again, and is never typed again", async () => {
    const { owner, viewer, call } = createFixture();
    const { peer: ownerPeer } = await owner();
    const { peer } = await viewer();
    ownerPeer.onRequest = (request) => request.fail();
    const payload = { sessionId: "s1", input: "a", inputSeq: 1, viewerId: "v" };
    expect(await call(peer, "terminal:input", payload)).toMatchObject({ code: "UNAVAILABLE" });
    ownerPeer.onRequest = (request) => request.answer({ success: true });
    // Whether it was typed nobody knows; a viewer whose connection was lost too must not be told that it was.
    expect(await call(peer, "terminal:input", payload)).toMatchObject({ code: "UNAVAILABLE" });
    expect(await call(peer, "terminal:input", payload)).toEqual({ success: true, inputSeq: 1 });
    expect(typed(ownerPeer)).toEqual(["a"]);
    ownerPeer.onRequest = (request) => request.answer({ success: false, code: "FORBIDDEN" });
    expect(await call(peer, "terminal:input", { ...payload, inputSeq: 2 })).toMatchObject({
      code: "UNAVAILABLE",
    });
  });

  it("that waits for one shell never reaches another", async () => {
    const { owner, viewer, call, terminals } = createFixture();
    const first = await owner();
    const { peer } = await viewer();
    terminals.detached(first.peer);
    const typing = call(peer, "terminal:input", { sessionId: "s1", input: "rm -r old\r" });
    const second = await owner();
    expect(await typing).toMatchObject({ code: "UNAVAILABLE" });
    expect(typed(second.peer)).toEqual([]);
  });

  it("is UNAVAILABLE at once when the terminal has ended, NOT_FOUND when there is none", async () => {
    const { owner, viewer, call } = createFixture();
    const { exit } = await owner();
    const { peer } = await viewer();
    await call(peer, "terminal:input", { sessionId: "s1", input: "exit\r", inputSeq: 1, viewerId: "v" });
    await exit(0);
    expect(await call(peer, "terminal:input", { sessionId: "s1", input: "x" })).toMatchObject({
      code: "UNAVAILABLE",
    });
    const again = { sessionId: "s1", input: "exit\r", inputSeq: 1, viewerId: "v" };
    expect(await call(peer, "terminal:input", again)).toMatchObject({ success: true });
    expect(await call(peer, "terminal:input", { sessionId: "none", input: "x" })).toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("is refused beyond 1 MiB that waits; a large one alone is not", async () => {
    const { owner, viewer, call, terminals, clock } = createFixture({ limits: { inputWaiting: 100 } });
    const first = await owner();
    const { peer } = await viewer();
    terminals.detached(first.peer);
    const large = call(peer, "terminal:input", { sessionId: "s1", input: "x".repeat(200) });
    expect(await call(peer, "terminal:input", { sessionId: "s1", input: "y" })).toMatchObject({
      code: "UNAVAILABLE",
    });
    const { epoch, resumeKey } = first.ack;
    const second = await owner({ resume: { epoch, from: 0, offset: 0, resumeKey } });
    expect(await large).toMatchObject({ success: true });
    expect(typed(second.peer)).toEqual(["x".repeat(200)]);
    expect(await call(peer, "terminal:input", { sessionId: "s1", input: "y" })).toMatchObject({
      success: true,
    });
    clock.advance(10_000);
  });

  it("is FORBIDDEN to viewers and into a read-only terminal, resizes too", async () => {
    const { owner, viewer, call, terminals } = createFixture();
    const { peer: ownerPeer } = await owner();
    const { peer } = await viewer({}, { role: "viewer" });
    const input = { sessionId: "s1", input: "x" };
    const size = { sessionId: "s1", cols: 90, rows: 30 };
    expect(await call(peer, "terminal:input", input)).toMatchObject({ code: "FORBIDDEN" });
    expect(await call(peer, "terminal:resize", size)).toMatchObject({ code: "FORBIDDEN" });
    const closed = createFixture();
    await closed.owner({ readOnly: true });
    const editor = await closed.viewer();
    expect(await closed.call(editor.peer, "terminal:input", input)).toMatchObject({ code: "FORBIDDEN" });
    expect(await closed.call(editor.peer, "terminal:resize", size)).toMatchObject({ code: "FORBIDDEN" });
    expect(await closed.terminals.typeInto("s1", "x")).toBe(false);
    expect(typed(ownerPeer)).toEqual([]);
    expect(await terminals.typeInto("s1", "y\r")).toBe(true);
    expect(typed(ownerPeer)).toEqual(["y\r"]);
    expect(await terminals.typeInto("none", "y\r")).toBe(false);
  });

  it("and output count as activity of the session", async () => {
    const { owner, viewer, call, active } = createFixture();
    const { say } = await owner();
    const { peer } = await viewer();
    await say("x");
    await call(peer, "terminal:input", { sessionId: "s1", input: "x" });
    expect(active).toEqual(["s1", "s1"]);
  });
});

describe("an answer to a session", () => {
  it("waits for an owner that is away as long as it may come back, and is typed then", async () => {
    const { owner, terminals, clock, peer, call } = createFixture();
    const first = await owner();
    terminals.detached(first.peer);
    const typing = terminals.typeInto("s1", "yes\r");
    const viewer = peer();
    void call(viewer, "terminal:input", { sessionId: "s1", input: "gone after 5 s" });
    await settle();
    clock.advance(29_999);
    const { epoch, resumeKey } = first.ack;
    const second = await owner({ resume: { epoch, from: 0, offset: 0, resumeKey } });
    expect(await typing).toBe(true);
    expect(second.peer.got("terminal:input")).toEqual([{ ptyId: "pty", data: "yes\r" }]);
    expect(viewer.got("ack:terminal:input")).toMatchObject([{ code: "UNAVAILABLE" }]);
  });

  it("is not typed into another shell, nor when the owner stays away", async () => {
    const { owner, terminals, clock } = createFixture();
    const first = await owner();
    terminals.detached(first.peer);
    const refused = terminals.typeInto("s1", "yes\r").catch((error: unknown) => error);
    const second = await owner();
    expect(await refused).toMatchObject({ code: "UNAVAILABLE" });
    terminals.detached(second.peer);
    const late = terminals.typeInto("s1", "yes\r").catch((error: unknown) => error);
    await settle();
    clock.advance(30_000);
    expect(await late).toMatchObject({ code: "UNAVAILABLE" });
    expect(second.peer.got("terminal:input")).toEqual([]);
  });
});

describe("terminal:resize", () => {
  const size = (cols: number, rows: number) => ({ sessionId: "s1", cols, rows });

  it("asks the owner, whose terminal:resized is what counts", async () => {
    const { owner, viewer, call, terminals } = createFixture();
    const { peer: ownerPeer, resized } = await owner();
    const { peer } = await viewer();
    expect(await call(peer, "terminal:resize", size(100, 30))).toEqual({ success: true });
    expect(ownerPeer.got("terminal:resize")).toEqual([{ ptyId: "pty", cols: 100, rows: 30 }]);
    expect(terminals.sizeOf("s1")).toEqual({ cols: 80, rows: 24 });
    await call(peer, "terminal:resize", size(100, 30));
    expect(ownerPeer.got("terminal:resize")).toHaveLength(1);
    await resized(100, 30);
    expect(terminals.sizeOf("s1")).toEqual({ cols: 100, rows: 30 });
  });

  it("is taken to be obeyed by an old owner", async () => {
    const { owner, viewer, call, terminals } = createFixture();
    const { peer: ownerPeer } = await owner({}, { isOld: true });
    const { peer } = await viewer();
    await call(peer, "terminal:resize", size(100, 30));
    expect(ownerPeer.got("terminal:resize")).toEqual([{ ptyId: "pty", cols: 100, rows: 30 }]);
    expect(terminals.sizeOf("s1")).toEqual({ cols: 100, rows: 30 });
    expect(peer.got("terminal:resized")).toMatchObject([{ cols: 100, rows: 30, offset: 0 }]);
  });

  it("latest: the size of the viewer that last typed or resized", async () => {
    const { owner, viewer, call } = createFixture();
    const { peer: ownerPeer, resized } = await owner();
    const small = await viewer();
    const large = await viewer();
    const watcher = await viewer();
    await call(small.peer, "terminal:resize", size(60, 20));
    await resized(60, 20);
    await call(large.peer, "terminal:resize", size(120, 40));
    await resized(120, 40);
    await call(watcher.peer, "terminal:input", { sessionId: "s1", input: "x" });
    await call(large.peer, "terminal:input", { sessionId: "s1", input: "x" });
    expect(ownerPeer.got("terminal:resize")).toHaveLength(2);
    await call(small.peer, "terminal:input", { sessionId: "s1", input: "x" });
    expect(ownerPeer.got("terminal:resize").at(-1)).toMatchObject({ cols: 60, rows: 20 });
    const order = ownerPeer.inbox.map(({ event }) => event);
    expect(order.slice(-2)).toEqual(["terminal:resize", "terminal:input"]);
  });

  it("smallest: fits every viewer that asked, and grows when one leaves", async () => {
    const { owner, viewer, call, terminals } = createFixture();
    const { peer: ownerPeer, resized } = await owner({ resizePolicy: "smallest" });
    const wide = await viewer();
    const tall = await viewer();
    await call(wide.peer, "terminal:resize", size(120, 20));
    await resized(120, 20);
    await call(tall.peer, "terminal:resize", size(60, 50));
    expect(ownerPeer.got("terminal:resize").at(-1)).toMatchObject({ cols: 60, rows: 20 });
    await resized(60, 20);
    terminals.detached(wide.peer);
    expect(ownerPeer.got("terminal:resize").at(-1)).toMatchObject({ cols: 60, rows: 50 });
    await resized(60, 50);
    await call(tall.peer, "terminal:unwatch", { sessionId: "s1" });
    expect(ownerPeer.got("terminal:resize")).toHaveLength(3);
  });

  it("smallest: counts what a viewer asks for again after a reconnect", async () => {
    const { owner, viewer, call, terminals } = createFixture();
    const { peer: ownerPeer, resized } = await owner({ resizePolicy: "smallest" });
    const small = await viewer();
    const large = await viewer();
    await call(large.peer, "terminal:resize", size(120, 40));
    await call(small.peer, "terminal:resize", size(60, 20));
    await resized(60, 20);
    terminals.detached(small.peer);
    await resized(120, 40);
    const back = await viewer();
    await call(back.peer, "terminal:resize", { ...size(60, 20), again: true });
    expect(ownerPeer.got("terminal:resize").at(-1)).toMatchObject({ cols: 60, rows: 20 });
  });

  it("latest: is not theirs who only came back, until they type", async () => {
    const { owner, viewer, call, terminals } = createFixture();
    const { peer: ownerPeer, resized } = await owner();
    const first = await viewer();
    await call(first.peer, "terminal:resize", size(60, 20));
    await resized(60, 20);
    terminals.detached(first.peer);
    const other = await viewer();
    await call(other.peer, "terminal:resize", size(120, 40));
    await resized(120, 40);
    const back = await viewer();
    await call(back.peer, "terminal:resize", { ...size(60, 20), again: true });
    expect(ownerPeer.got("terminal:resize")).toHaveLength(2);
    await call(back.peer, "terminal:input", { sessionId: "s1", input: "x" });
    expect(ownerPeer.got("terminal:resize").at(-1)).toMatchObject({ cols: 60, rows: 20 });
  });

  it("latest: is theirs still who came back before anybody else asked, for another shell too", async () => {
    const { owner, viewer, call, terminals, peer } = createFixture();
    const { peer: ownerPeer, resized } = await owner();
    const first = await viewer();
    await call(first.peer, "terminal:resize", size(60, 20));
    await resized(60, 20);
    terminals.detached(first.peer);
    const back = await viewer();
    await call(back.peer, "terminal:resize", { ...size(60, 20), again: true });
    terminals.detached(ownerPeer);
    const next = peer({ namespace: "/cli", projectId: "p1" });
    await call(next, "terminal:register", { sessionId: "s1", ptyId: "pty" });
    expect(next.got("terminal:resize")).toEqual([{ ptyId: "pty", cols: 60, rows: 20 }]);
  });

  it("owner: nobody's size but the owner's", async () => {
    const { owner, viewer, call } = createFixture();
    const { peer: ownerPeer } = await owner({ resizePolicy: "owner" });
    const { peer } = await viewer();
    expect(await call(peer, "terminal:resize", size(120, 20))).toEqual({ success: true });
    expect(ownerPeer.got("terminal:resize")).toEqual([]);
  });

  it("asked for while the owner was away is asked when it is back", async () => {
    const { owner, viewer, call, terminals } = createFixture();
    const first = await owner();
    const { peer } = await viewer();
    terminals.detached(first.peer);
    await call(peer, "terminal:resize", size(120, 20));
    const { epoch, resumeKey } = first.ack;
    const second = await owner({ resume: { epoch, from: 0, offset: 0, resumeKey } });
    expect(second.peer.got("terminal:resize")).toEqual([{ ptyId: "pty", cols: 120, rows: 20 }]);
  });
});
