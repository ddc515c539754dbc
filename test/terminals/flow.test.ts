import { describe, expect, it } from "vitest";
import { createMirror } from "../../sdk/emulator/mirror.ts";
import type { FakePeer } from "./fake-peer.ts";
import { createFixture, FULL_RESET, settle, textOf, until } from "./fixture.ts";

const KIB = 1024;
const bytesOf = (peer: FakePeer): number =>
  peer.got("terminal:output").reduce((sum, { data }) => sum + Buffer.byteLength(data), 0);

describe("credit", () => {
  it.each([
    [1, 16 * KIB],
    [64 * KIB, 64 * KIB],
    [undefined, 256 * KIB],
    [10_000_000, 512 * KIB],
  ])("a window of %s bounds what is sent and not acked to %s bytes", async (window, bound) => {
    const { owner, viewer, call, clock } = createFixture();
    const { say, ack } = await owner();
    const { peer } = await viewer({ window });
    for (let at = 0; at < 12; at += 1) {
      await say("x".repeat(64 * KIB));
      clock.advance(1_000);
    }
    clock.advance(60_000);
    expect(bytesOf(peer)).toBe(bound);
    await call(peer, "terminal:ack", { sessionId: "s1", epoch: ack.epoch, offset: bound / 2 });
    clock.advance(60_000);
    expect(bytesOf(peer)).toBe(bound * 1.5);
    expect(peer.got("terminal:reset")).toEqual([]);
  });

  it("acks are cumulative, of this epoch, and never of more than was sent", async () => {
    const { owner, viewer, call, clock } = createFixture();
    const { say, ack } = await owner();
    const { peer } = await viewer({ window: 16 * KIB });
    await say("x".repeat(64 * KIB));
    clock.advance(60_000);
    const acked = (epoch: string, offset: number) =>
      call(peer, "terminal:ack", { sessionId: "s1", epoch, offset });
    expect(bytesOf(peer)).toBe(16 * KIB);
    await acked("other", 16 * KIB);
    await acked(ack.epoch, 64 * KIB);
    clock.advance(60_000);
    expect(bytesOf(peer)).toBe(16 * KIB);
    await acked(ack.epoch, 16 * KIB);
    await acked(ack.epoch, 1);
    clock.advance(60_000);
    expect(bytesOf(peer)).toBe(32 * KIB);
    expect(await call(peer, "terminal:ack", { sessionId: "none", epoch: "e", offset: 0 })).toEqual({
      success: true,
    });
  });

  it("lets a viewer that acks in steps of half its window have all of it", async () => {
    const { owner, viewer, call, clock } = createFixture();
    const { say, ack } = await owner();
    const { peer } = await viewer();
    await say("x".repeat(600 * KIB));
    for (let acked = 0; acked < 512 * KIB; ) {
      clock.advance(5_000);
      expect(bytesOf(peer) - acked).toBeGreaterThanOrEqual(128 * KIB);
      acked += 128 * KIB;
      await call(peer, "terminal:ack", { sessionId: "s1", epoch: ack.epoch, offset: acked });
    }
    clock.advance(5_000);
    expect(bytesOf(peer)).toBe(600 * KIB);
  });
});

describe("a viewer on a socket that does not drain", () => {
  it("gets nothing more until it drained, then all of it", async () => {
    const { owner, viewer, clock } = createFixture();
    const { say } = await owner();
    const { peer } = await viewer();
    peer.unsent = 256 * KIB;
    await say("abc");
    clock.advance(1_000);
    await say("def");
    clock.advance(1_000);
    expect(peer.got("terminal:output")).toEqual([]);
    peer.drain();
    expect(textOf(peer)).toBe("abcdef");
  });

  it("slows neither the owner nor another viewer", async () => {
    const { owner, viewer, call, clock } = createFixture();
    const { say, ack, peer: ownerPeer } = await owner();
    const slow = await viewer();
    const fast = await viewer();
    slow.peer.unsent = 1_000 * KIB;
    for (let at = 1; at <= 100; at += 1) {
      await say("x".repeat(64 * KIB));
      clock.advance(16);
      await call(fast.peer, "terminal:ack", {
        sessionId: "s1",
        epoch: ack.epoch,
        offset: bytesOf(fast.peer),
      });
    }
    expect(bytesOf(fast.peer)).toBe(100 * 64 * KIB);
    expect(fast.peer.got("terminal:reset")).toEqual([]);
    expect(slow.peer.inbox).toHaveLength(1);
    expect(ownerPeer.inbox.filter(({ event }) => !event.startsWith("ack:"))).toEqual([]);
  });
});

describe("a viewer too far behind", () => {
  it("that will have it all in a moment gets all of it, and no snapshot", async () => {
    const { owner, viewer, call, clock } = createFixture({
      emulator: { createMirror: (start) => createMirror(start) },
    });
    const { say, ack } = await owner();
    const { peer } = await viewer();
    const acked = async (): Promise<void> => {
      await call(peer, "terminal:ack", { sessionId: "s1", epoch: ack.epoch, offset: bytesOf(peer) });
    };
    for (let at = 0; at < 8; at += 1) {
      await say("x".repeat(64 * KIB));
      clock.advance(1);
      await acked();
    }
    // 768 KiB at 64 KiB a millisecond.
    for (let at = 0; at < 12; at += 1) await say("x".repeat(64 * KIB));
    for (let turn = 0; turn < 20; turn += 1) {
      clock.advance(1);
      await settle();
      await acked();
    }
    expect(peer.got("terminal:reset")).toEqual([]);
    expect(bytesOf(peer)).toBe(20 * 64 * KIB);
  });

  it("gets terminal:reset in place of a queue once it acked, and goes on from there", async () => {
    const { owner, viewer, call, clock } = createFixture();
    const { say, ack } = await owner();
    const { peer } = await viewer({ window: 16 * KIB });
    for (let at = 0; at < 64; at += 1) await say("x".repeat(64 * KIB));
    clock.advance(60_000);
    expect(bytesOf(peer)).toBe(16 * KIB);
    expect(peer.got("terminal:reset")).toEqual([]);
    await call(peer, "terminal:ack", { sessionId: "s1", epoch: ack.epoch, offset: 16 * KIB });
    await settle();
    const [reset] = peer.got("terminal:reset");
    expect(reset).toMatchObject({
      sessionId: "s1",
      cols: 80,
      rows: 24,
      epoch: ack.epoch,
      offset: 64 * 64 * KIB,
    });
    await call(peer, "terminal:ack", { sessionId: "s1", epoch: ack.epoch, offset: reset.offset });
    await say("after");
    clock.advance(1_000);
    expect(peer.got("terminal:output").at(-1)).toMatchObject({ offset: reset.offset, data: "after" });
    expect(peer.got("terminal:reset")).toHaveLength(1);
  });

  it.each(["stops", "ends"])(
    "and slow gets the screen alone while output goes on, and all as soon as it %s",
    async (how) => {
      const { owner, viewer, call, clock } = createFixture({
        emulator: { createMirror: (start) => createMirror(start) },
      });
      const { say, ack, exit } = await owner();
      const { peer } = await viewer({ window: 32 * KIB });
      const acked = async (offset: number): Promise<void> => {
        await call(peer, "terminal:ack", { sessionId: "s1", epoch: ack.epoch, offset });
        await settle();
      };
      let line = 0;
      const flood = async (): Promise<void> => {
        let output = "";
        while (output.length < 64 * KIB) output += `line ${++line}\r\n`;
        await say(output);
        await settle();
      };
      await flood();
      clock.advance(900);
      await flood();
      await acked(32 * KIB);
      await until(() => peer.got("terminal:reset").length > 0);
      const [short] = peer.got("terminal:reset");
      expect(short.scrollback.length).toBeLessThan(1_000);
      expect(short.scrollback).toContain(`line ${line}`);
      expect(peer.got("terminal:reset")).toHaveLength(1);
      if (how === "stops") clock.advance(200);
      else await exit(0);
      await acked(short.offset);
      await until(() => peer.got("terminal:reset").length > 1);
      const [, whole] = peer.got("terminal:reset");
      expect(whole.offset).toBe(short.offset);
      expect(whole.scrollback).toContain(`line ${line - 1_000}`);
      await acked(whole.offset);
      if (how === "stops") await exit(0);
      const told = peer.inbox.map(({ event }) => event).filter((event) => /reset|exit/.test(event));
      expect(told).toEqual(["terminal:reset", "terminal:reset", "terminal:exit"]);
    },
  );

  it("that is old and never acked is paced by its socket and gets the snapshot as output", async () => {
    const { owner, viewer, clock } = createFixture();
    const { say, resized, ack } = await owner();
    const { peer } = await viewer({}, { isOld: true });
    await say("abc");
    expect(textOf(peer)).toBe("abc");
    peer.unsent = 64 * KIB;
    await resized(100, 30);
    for (let at = 0; at < 64; at += 1) await say("x".repeat(64 * KIB));
    clock.advance(60_000);
    expect(peer.got("terminal:output")).toHaveLength(1);
    peer.drain();
    await settle();
    expect(peer.got("terminal:reset")).toEqual([]);
    expect(peer.got("terminal:resized").at(-1)).toMatchObject({ cols: 100, rows: 30 });
    const snapshot = peer.got("terminal:output")[1];
    expect(snapshot).toMatchObject({ sessionId: "s1", epoch: ack.epoch, offset: 3 + 64 * 64 * KIB });
    expect(snapshot.data.startsWith(FULL_RESET)).toBe(true);
    await say("after");
    clock.advance(16);
    expect(peer.got("terminal:output").at(-1)).toMatchObject({ offset: snapshot.offset, data: "after" });
  });

  it("costs the server nothing but its place", async () => {
    const { owner, viewer, clock } = createFixture();
    const { say } = await owner();
    const { peer } = await viewer();
    for (let at = 0; at < 400; at += 1) {
      await say("x".repeat(64 * KIB));
      clock.advance(16);
    }
    clock.advance(60_000);
    expect(bytesOf(peer)).toBeLessThanOrEqual(256 * KIB);
    expect(peer.inbox.length).toBeLessThan(50);
    expect(clock.waiting).toBe(0);
  });
});

describe("priority auto", () => {
  const auto = { priority: "auto" } as const;

  it("gets terminal:activity at most once a second in place of output", async () => {
    const { owner, viewer, clock } = createFixture();
    const { say, ack } = await owner();
    const { peer } = await viewer(auto);
    clock.advance(1_000);
    for (let at = 0; at < 25; at += 1) {
      await say("x");
      clock.advance(100);
    }
    clock.advance(5_000);
    expect(peer.got("terminal:output")).toEqual([]);
    const { epoch } = ack;
    expect(peer.got("terminal:activity")).toEqual(
      [1, 10, 20, 25].map((offset) => ({ sessionId: "s1", epoch, offset })),
    );
  });

  it("gets output from its offset, resizes and the exit in their order when the session gains focus", async () => {
    const { owner, viewer, terminals } = createFixture();
    const { say, resized, exit } = await owner();
    const { peer, ack } = await viewer(auto);
    await say("ab");
    await resized(90, 30);
    await say("cd");
    await exit(1);
    expect(peer.got("terminal:exit")).toEqual([]);
    terminals.focusChanged("other", ["s1"]);
    terminals.focusChanged("p1", ["s2"]);
    expect(peer.got("terminal:output")).toEqual([]);
    terminals.focusChanged("p1", ["s1", "s2"]);
    const stream = peer.inbox.filter(({ event }) => /output|resized|exit|reset/.test(event));
    expect(stream.map(({ event, payload }) => [event, payload.offset])).toEqual([
      ["terminal:output", ack.offset],
      ["terminal:resized", 2],
      ["terminal:output", 2],
      ["terminal:exit", 4],
    ]);
  });

  it("streams in focus and stops out of it", async () => {
    const { owner, viewer, terminals, clock } = createFixture({ focused: ["s1"] });
    const { say } = await owner();
    const { peer } = await viewer(auto);
    await say("a");
    expect(textOf(peer)).toBe("a");
    terminals.focusChanged("p1", []);
    await say("b");
    clock.advance(1_000);
    expect(textOf(peer)).toBe("a");
    terminals.focusChanged("p1", ["s1"]);
    expect(textOf(peer)).toBe("ab");
  });

  it("gets terminal:reset when it gains focus too far behind", async () => {
    const { owner, viewer, terminals } = createFixture();
    const { say } = await owner();
    const { peer } = await viewer(auto);
    for (let at = 0; at < 64; at += 1) await say("x".repeat(64 * KIB));
    terminals.focusChanged("p1", ["s1"]);
    await settle();
    expect(peer.got("terminal:reset")).toMatchObject([{ offset: 64 * 64 * KIB }]);
  });

  it("is told the exit when an ended terminal is given up, though it never gained focus", async () => {
    const { owner, viewer, clock } = createFixture();
    const { say, exit } = await owner();
    const { peer } = await viewer(auto);
    await say("ab");
    await exit(1);
    clock.advance(300_000);
    expect(peer.got("terminal:exit")).toMatchObject([{ exitCode: 1, offset: 2 }]);
  });

  it("live streams in and out of focus", async () => {
    const { owner, viewer } = createFixture();
    const { say } = await owner();
    const { peer } = await viewer({ priority: "live" });
    await say("a");
    expect(textOf(peer)).toBe("a");
    expect(peer.got("terminal:activity")).toEqual([]);
  });
});

describe("a viewer without a socket", () => {
  it("watches, types and resizes by calls, paced by its sink", async () => {
    const { owner, terminals, clock } = createFixture();
    const { say, peer: ownerPeer } = await owner();
    await say("abc");
    const got: [string, unknown][] = [];
    const sink = {
      send: (event: string, payload: unknown) => void got.push([event, payload]),
      unsentBytes: () => 0,
      whenDrained: () => {},
    };
    const watching = await terminals.watch("s1", sink);
    expect(watching.opening).toMatchObject({ mode: "snapshot", offset: 3 });
    expect(got).toEqual([]);
    clock.advance(0);
    await say("def");
    expect(got).toMatchObject([["terminal:output", { offset: 3, data: "def" }]]);
    await watching.type("x");
    watching.resize({ cols: 90, rows: 30 });
    expect(ownerPeer.got("terminal:input")).toMatchObject([{ data: "x" }]);
    expect(ownerPeer.got("terminal:resize")).toMatchObject([{ cols: 90, rows: 30 }]);
    watching.close();
    await say("ghi");
    clock.advance(100);
    expect(got).toHaveLength(1);
    await expect(terminals.watch("none", sink)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("may wait for a session to get a terminal", async () => {
    const { owner, terminals } = createFixture();
    let calls = 0;
    const stop = terminals.whenThere("s1", () => {
      calls += 1;
    });
    terminals.whenThere("s1", () => {
      calls += 10;
    });
    stop();
    await owner();
    expect(calls).toBe(10);
  });
});
