import { describe, expect, it } from "vitest";
import { createMirror } from "../../sdk/emulator/mirror.ts";
import type { Emulator } from "../../server/core/terminals/emulator.ts";
import { createMirrorEmulator } from "../../server/emulator/mirror-emulator.ts";
import type { FakePeer } from "./fake-peer.ts";
import { createFixture, FULL_RESET, settle, until } from "./fixture.ts";
import { createModelScreen } from "./model/model-screen.ts";

const KIB = 1024;
const emulators: readonly { readonly where: string; readonly emulator: Emulator }[] = [
  { where: "this thread", emulator: { createMirror: (start) => createMirror(start) } },
  { where: "a thread of its own", emulator: { createMirror: createMirrorEmulator().createMirror } },
];

const lines = (count: number): string =>
  Array.from({ length: count }, (_, at) => `line ${at} of many\r\n`).join("");
const flows = (peer: FakePeer): boolean[] => peer.got("terminal:flow").map(({ paused }) => paused);

describe.each(emulators)("a terminal with an emulator in $where", ({ emulator }) => {
  it("gives a snapshot of the screen and the history that is asked for", async () => {
    const { owner, viewer } = createFixture({ emulator });
    const { say } = await owner({ cols: 40, rows: 5 });
    await say(lines(3_000));
    for (const history of [0, 20, 2_500]) {
      const { ack } = await viewer({ history });
      expect(ack).toMatchObject({ mode: "snapshot", cols: 40, rows: 5 });
      expect(ack.scrollback.indexOf(FULL_RESET)).toBe(0);
      const { terminal, write } = createModelScreen(40, 5);
      terminal.options.scrollback = 10_000;
      write("\x1b[?25l\x1b[?1049hdirty\x1b]2;unfinished");
      write(ack.scrollback);
      const { active } = terminal.buffer;
      expect(active.type).toBe("normal");
      expect(active.baseY).toBe(history);
      expect(active.getLine(0)?.translateToString(true)).toBe(`line ${2_996 - history} of many`);
    }
  });

  it("brings a viewer whose place is no longer kept forward by terminal:reset", async () => {
    const { owner, viewer, terminals } = createFixture({
      emulator,
      limits: { ringBytes: 4 * KIB, deltaBytes: 2 * KIB },
    });
    const { say } = await owner();
    const { peer } = await viewer({ priority: "auto" });
    for (let at = 0; at < 10; at += 1) {
      await say(lines(100));
      await settle();
    }
    // Nothing is given up before the emulator has it.
    await viewer();
    terminals.focusChanged("p1", ["s1"]);
    await until(() => peer.got("terminal:reset").length > 0);
    expect(peer.got("terminal:output")).toEqual([]);
    expect(peer.got("terminal:reset")[0].scrollback).toContain("line 99 of many");
  });

  it("pauses its owner while the emulator is behind, and lets it go on after", async () => {
    const { owner } = createFixture({ emulator });
    const { say, peer } = await owner();
    for (let at = 0; at < 48; at += 1) void say("x".repeat(64 * KIB));
    await until(() => flows(peer).length > 0);
    expect(flows(peer)).toEqual([true]);
    await until(() => flows(peer).length > 1);
    expect(flows(peer)).toEqual([true, false]);
    expect(peer.isClosed).toBe(false);
  });

  it("disconnects an owner that does not pause, at 8 MiB unread", async () => {
    const { owner, logged } = createFixture({ emulator });
    const { say, peer } = await owner();
    for (let at = 0; at < 160; at += 1) void say("x".repeat(64 * KIB));
    expect(flows(peer)).toEqual([true]);
    expect(peer.isClosed).toBe(true);
    expect(logged).toMatchObject([{ connectionId: peer.id }]);
    expect(await say("x")).toMatchObject({ success: false, code: "CONFLICT" });
  });

  it("tells an owner that comes back that it is paused", async () => {
    const { owner, terminals } = createFixture({ emulator });
    const { say, peer, ack } = await owner();
    for (let at = 0; at < 48; at += 1) void say("x".repeat(64 * KIB));
    expect(flows(peer)).toEqual([true]);
    terminals.detached(peer);
    const { epoch, resumeKey } = ack;
    const second = await owner({ resume: { epoch, from: 0, offset: 48 * 64 * KIB, resumeKey } });
    await until(() => flows(second.peer).length > 1);
    expect(flows(second.peer)).toEqual([true, false]);
  });

  it("begins with the owner's snapshot when the server has not got the stream", async () => {
    const { owner, viewer, clock } = createFixture({ emulator });
    const snapshot = { offset: 12, cols: 20, rows: 4, data: "\x1bchello\r\n\x1b[31m" };
    const resume = { epoch: "mine", from: 10, offset: 20, resumeKey: "key", snapshot };
    const { say } = await owner({ resume });
    await say("red", 12);
    const { ack, peer } = await viewer();
    clock.advance(16);
    const { terminal, write } = createModelScreen(20, 4);
    write(ack.scrollback);
    for (const { data } of peer.got("terminal:output")) write(data);
    expect(terminal.buffer.active.getLine(0)?.translateToString(true)).toBe("hello");
    expect(terminal.buffer.active.getLine(1)?.translateToString(true)).toBe("red");
    expect(terminal.buffer.active.getLine(1)?.getCell(0)?.getFgColor()).toBe(1);
  });

  it("makes hostile output harmless before anybody sees it", async () => {
    const { owner, viewer, clock } = createFixture({ emulator });
    const { say } = await owner();
    const { peer } = await viewer();
    const output = "\x1b[24;80H\x1b[1J\x1b[2147483647S\x1b[2147483647bafter";
    expect(await say(output)).toMatchObject({ offset: output.length });
    clock.advance(16);
    const text: string = peer
      .got("terminal:output")
      .map(({ data }) => data)
      .join("");
    expect(text).not.toContain("2147483647");
    expect(text).toHaveLength(output.length);
    expect(text.endsWith("after")).toBe(true);
    expect((await viewer()).ack.scrollback).toContain("after");
  });

  it("is packed after 5 min without output, and unpacked when it is needed", async () => {
    const packed: number[] = [];
    const { owner, viewer, clock } = createFixture({
      emulator: {
        ...emulator,
        pack(bytes) {
          packed.push(bytes.length);
          return bytes;
        },
      },
    });
    const { say, ack: registered } = await owner({ rows: 5 });
    await say(lines(10));
    clock.advance(200_000);
    await say("last");
    clock.advance(299_999);
    await settle();
    expect(packed).toEqual([]);
    clock.advance(1);
    await until(() => packed.length > 0);
    expect(clock.waiting).toBe(0);
    const { ack } = await viewer();
    expect(ack.scrollback).toContain("last");
    const since = { epoch: registered.epoch, offset: ack.offset - 4 };
    expect((await viewer({ since })).ack).toMatchObject({ mode: "delta", scrollback: "last" });
    await say("more");
    expect((await viewer({ since })).ack.scrollback).toBe("lastmore");
  });
});

describe.each(emulators)("queries in the output, for an emulator in $where,", ({ emulator }) => {
  const queries = "\x1b[c\x1b[6n\x1b[?25$p";

  it("are answered once by the server for an owner without an emulator, whatever the number of viewers", async () => {
    const { owner, viewer, clock } = createFixture({ emulator });
    const { say, peer } = await owner({ answers: "server" });
    await viewer();
    await viewer();
    await say(queries);
    await until(() => peer.got("terminal:input").length >= 3);
    clock.advance(100);
    await viewer();
    await settle();
    const replies = peer.got("terminal:input").map(({ data }) => data);
    expect(replies).toEqual(["\x1b[?1;2c", "\x1b[1;1R", "\x1b[?25;1$y"]);
  });

  it("are not answered by the server for an owner that does, nor by a replay or a snapshot", async () => {
    const { owner, viewer, terminals } = createFixture({ emulator });
    const { say, peer, ack } = await owner();
    await say(queries);
    const { epoch, resumeKey } = ack;
    await viewer();
    await viewer({ since: { epoch, offset: 0 } });
    terminals.detached(peer);
    const second = await owner({ resume: { epoch, from: 0, offset: 100, resumeKey } });
    await viewer();
    await settle();
    expect([...peer.got("terminal:input"), ...second.peer.got("terminal:input")]).toEqual([]);
  });
});

describe("an emulator that fails", () => {
  it("costs a watch its answer, not the terminal, and is asked again", async () => {
    let isBroken = true;
    const { owner, viewer, logged, clock, terminals } = createFixture({
      limits: { ringBytes: 4 * KIB, deltaBytes: 2 * KIB },
      emulator: {
        createMirror(start) {
          const mirror = createMirror(start);
          return {
            ...mirror,
            snapshot: (options) =>
              isBroken ? Promise.reject(new Error("broken")) : mirror.snapshot(options),
          };
        },
      },
    });
    const { say } = await owner();
    await say("abc");
    expect((await viewer()).ack).toMatchObject({ success: false, code: "INTERNAL" });
    expect(logged.length).toBeGreaterThan(0);
    const { peer } = await viewer({
      since: { epoch: (await owner({ sessionId: "s2" })).ack.epoch, offset: 0 },
    });
    expect(terminals.status().viewers).toBe(0);
    isBroken = false;
    expect((await viewer()).ack).toMatchObject({ success: true, scrollback: expect.stringContaining("abc") });
    expect(peer.got("terminal:output")).toEqual([]);
    clock.advance(0);
  });

  it("keeps a viewer that must be brought forward waiting, and asks again a second later", async () => {
    let isBroken = false;
    const { owner, viewer, terminals, clock } = createFixture({
      limits: { ringBytes: 4 * KIB, deltaBytes: 2 * KIB },
      emulator: {
        createMirror(start) {
          const mirror = createMirror(start);
          return {
            ...mirror,
            snapshot: (options) =>
              isBroken ? Promise.reject(new Error("broken")) : mirror.snapshot(options),
          };
        },
      },
    });
    // One that is not old would be asked for the state.
    const { say } = await owner({}, { isOld: true });
    const { peer } = await viewer({ priority: "auto" });
    for (let at = 0; at < 10; at += 1) {
      await say(lines(100));
      await settle();
    }
    isBroken = true;
    terminals.focusChanged("p1", ["s1"]);
    for (let turn = 0; turn < 20; turn += 1) await settle();
    expect(peer.got("terminal:reset")).toEqual([]);
    isBroken = false;
    clock.advance(999);
    await settle();
    expect(peer.got("terminal:reset")).toEqual([]);
    clock.advance(1);
    await until(() => peer.got("terminal:reset").length > 0);
    await say("on");
    clock.advance(16);
    expect(peer.got("terminal:output").at(-1)).toMatchObject({ data: "on" });
  });

  it("that lost what is not kept has the owner bring the state again", async () => {
    let isBroken = false;
    const { owner, viewer, logged, terminals } = createFixture({
      limits: { ringBytes: 4 * KIB, deltaBytes: 2 * KIB },
      emulator: {
        createMirror(start) {
          const mirror = createMirror(start);
          const write = async (bytes: Uint8Array): Promise<void> => {
            if (isBroken) throw new Error("broken");
            await mirror.write(bytes);
          };
          return { ...mirror, write };
        },
      },
    });
    const { say, peer, ack } = await owner({ cols: 20, rows: 4 });
    const watching = await viewer();
    let head = 0;
    for (let at = 0; at < 10; at += 1) {
      ({ offset: head } = await say(lines(100)));
      await settle();
    }
    isBroken = true;
    await viewer();
    expect(peer.isClosed).toBe(true);
    expect(logged).toContainEqual(expect.objectContaining({ lostBytes: expect.any(Number) }));
    isBroken = false;
    terminals.detached(peer);

    const { epoch, resumeKey } = ack;
    const snapshot = { offset: head, cols: 20, rows: 4, data: "\x1bcas the owner has it" };
    const back = await owner({ resume: { epoch, from: head - 10, offset: head, resumeKey, snapshot } });
    expect(back.ack).toMatchObject({ success: true, epoch, offset: head });
    await until(() => watching.peer.got("terminal:reset").length > 0);
    expect(watching.peer.got("terminal:reset").at(-1)).toMatchObject({
      epoch,
      offset: head,
      scrollback: expect.stringContaining("as the owner has it"),
    });
    expect((await viewer()).ack.scrollback).toContain("as the owner has it");
  });
});
