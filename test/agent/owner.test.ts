import { beforeEach, describe, expect, it } from "vitest";
import { createOwner, type Owner, type OwnerOptions } from "../../sdk/agent/owner.ts";
import { HoldfastError } from "../../sdk/errors.ts";
import { dumpState, type Terminal } from "../emulator/state-dump.ts";
import { bytesOf, createTerminal, differences, feed } from "../emulator/terminals.ts";
import { createManualClock, type ManualClock } from "../support/manual-clock.ts";
import { type Asked, createScriptedLink, type ScriptedLink } from "../terminal/scripted-link.ts";
import { createModelStream, type ModelStream } from "./model-stream.ts";

const SIZE = { cols: 40, rows: 8 };
const KIB = 1_024;
const KEPT = 1_024 * KIB;

let clock: ManualClock;
let link: ScriptedLink;
let flow: boolean[];
let errors: unknown[];
let owner: Owner;
/** What the program printed, shown where it runs. */
let here: Terminal;
let printed: number;

beforeEach(() => {
  clock = createManualClock();
  link = createScriptedLink();
  flow = [];
  errors = [];
  printed = 0;
  here = createTerminal(SIZE);
  owner = open();
});

function open(options: Partial<OwnerOptions> = {}): Owner {
  return createOwner({
    link,
    sessionId: "s1",
    ptyId: "pty",
    readOnly: false,
    resizePolicy: "latest",
    ...SIZE,
    schedule: clock.schedule,
    onInput: () => {},
    onResize: () => {},
    onFlow: (paused) => flow.push(paused),
    onError: (error) => errors.push(error),
    ...options,
  });
}

function print(output: string | Uint8Array): void {
  const bytes = typeof output === "string" ? bytesOf(output) : output;
  feed(here, bytes);
  printed += bytes.length;
  owner.output(bytes);
}

function resize(cols: number, rows: number): void {
  here.resize(cols, rows);
  owner.resized(cols, rows);
}

/** Lines that say where they stand, with a colour, so that a hole or a double shows. */
function lines(from: number, count: number): string {
  return Array.from(
    { length: count },
    (_, index) => `\x1b[3${(from + index) % 8}m${`line ${from + index} `.padEnd(43, ".")}\r\n`,
  ).join("");
}

const granted = (asked: Asked, offset: number, epoch = "e1"): void =>
  asked.answer({ success: true, epoch, offset, resumeKey: `key of ${epoch}`, viewers: 0 });

async function register(offset = 0, epoch = "e1"): Promise<Asked> {
  const asked = await link.asked("terminal:register");
  granted(asked, offset, epoch);
  await settled();
  return asked;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const unlike = (stream: ModelStream): string[] =>
  differences(dumpState(stream.terminal, 100), dumpState(here, 100)).slice(0, 5);

const conflict = (offset: number): HoldfastError =>
  new HoldfastError("CONFLICT", "a hole", { details: { offset } });

describe("an owner", () => {
  it("sends every byte once, in order, with the resizes at their place", async () => {
    link.goUp();
    await register();
    print("before");
    resize(20, 5);
    print(" after");
    const stream = createModelStream(link, SIZE);
    stream.takeAll();
    expect(stream.records).toEqual(["output@0", "resized@6", "output@6"]);
    expect(unlike(stream)).toEqual([]);
  });

  it("sends what was printed before it was ever connected", async () => {
    print("early");
    expect(owner.state.getSnapshot().name).toBe("away");
    link.goUp();
    await register();
    const stream = createModelStream(link, SIZE);
    stream.takeAll();
    expect(stream.records).toEqual(["output@0"]);
    expect(owner.state.getSnapshot()).toEqual({ name: "sharing", viewers: 0 });
  });

  it("sends an echo as text, in one message", async () => {
    link.goUp();
    await register();
    print("\x1b[1mé漢\ufeff🎉\0");
    expect((await link.asked("terminal:output")).payload.data).toBe("\x1b[1mé漢\ufeff🎉\0");
  });

  it("goes back to a hole that the server tells, and from there on in order", async () => {
    link.goUp();
    await register();
    print("one");
    print("two");
    print("three");
    (await link.asked("terminal:output")).answer({ success: true, offset: 3 });
    // The second is lost on the way.
    await link.asked("terminal:output");
    (await link.asked("terminal:output")).refuse(conflict(3));
    await settled();
    const stream = createModelStream(link, SIZE, 3, bytesOf("one"));
    stream.takeAll();
    expect(stream.received).toBe(11);
    expect(unlike(stream)).toEqual([]);
  });

  it("refused right where the server is asks again after a second instead of saying it for ever", async () => {
    link.goUp();
    await register();
    print("said");
    (await link.asked("terminal:output")).refuse(conflict(0));
    await settled();
    expect(link.waiting()).toEqual([]);
    clock.advance(1_000);
    const { payload } = await link.asked("terminal:register");
    expect(payload.resume).toMatchObject({ epoch: "e1", from: 0, offset: 4 });
  });

  it("sends nothing twice after a reconnect: it goes on from what the server has", async () => {
    link.goUp();
    await register();
    print("taken ");
    print("lost ack ");
    const stream = createModelStream(link, SIZE);
    stream.takeAll();
    link.goDown();
    print("away");
    link.goUp();
    const { payload } = await register(stream.received);
    expect(payload.resume).toEqual({ epoch: "e1", resumeKey: "key of e1", from: 0, offset: 19 });
    stream.takeAll();
    expect(stream.records).toEqual(["output@0", "output@6", "output@15"]);
    expect(unlike(stream)).toEqual([]);
  });

  it("tells a server that lost the stream from 0 on the size it began with, not that of now", async () => {
    link.goUp();
    await register();
    print("0123456789".repeat(6));
    resize(20, 8);
    createModelStream(link, SIZE).takeAll();
    link.goDown();
    link.goUp();
    const { payload } = await register(0);
    expect(payload).toMatchObject({ ...SIZE, resume: { from: 0 } });
    const stream = createModelStream(link, { cols: payload.cols, rows: payload.rows });
    stream.takeAll();
    expect(unlike(stream)).toEqual([]);
  });

  it("brings its screen to a server that lost more than is kept, and goes on from it", async () => {
    link.goUp();
    await register();
    const first = createModelStream(link, SIZE);
    for (let n = 0; n < 40_000; n += 1_000) {
      print(lines(n, 1_000));
      first.takeAll();
      await settled();
    }
    await first.takeUntil(() => first.received === printed);
    link.goDown();
    resize(50, 10);
    print("after the cut");
    link.goUp();
    const asked = await link.asked("terminal:register");
    const { resume } = asked.payload;
    expect(resume.from).toBeGreaterThan(0);
    expect(resume.snapshot.offset).toBeGreaterThanOrEqual(resume.from);
    expect(resume.snapshot.offset).toBeLessThanOrEqual(resume.offset);
    granted(asked, resume.snapshot.offset);
    const { cols, rows, offset, data } = resume.snapshot;
    const second = createModelStream(link, { cols, rows }, offset, data);
    await second.takeUntil(() => second.received === resume.offset);
    expect(unlike(second)).toEqual([]);
  });

  it("on a new epoch starts anew with all that the screen shows, at its size, cut sequences included", async () => {
    link.goUp();
    await register();
    const stream = createModelStream(link, SIZE);
    print(lines(0, 30));
    print("\x1b]2;a title\x07\x1b[?1049h\x1b[5;5Hin the alternate screen");
    stream.takeAll();
    link.goDown();
    resize(30, 6);
    print("resized \x1b[1");
    link.goUp();
    const { payload } = await register(0, "e2");
    await link.asked("terminal:resized").then((asked) => {
      expect(asked.payload).toMatchObject({ offset: 0, cols: 30, rows: 6 });
      asked.answer({ success: true, offset: 0 });
    });
    const anew = createModelStream(link, { cols: payload.cols, rows: payload.rows });
    anew.terminal.resize(30, 6);
    print(";31mbold red");
    await anew.takeUntil(() => differences(dumpState(anew.terminal), dumpState(here)).length === 0);
    expect(anew.terminal.buffer.active.type).toBe("alternate");
  });

  it("whose program ended while away tells a new epoch the screen, then the exit", async () => {
    link.goUp();
    await register();
    createModelStream(link, SIZE).takeAll();
    link.goDown();
    print("last words");
    void owner.exit({ exitCode: 3 }, 60_000);
    link.goUp();
    const { payload } = await register(0, "e2");
    const anew = createModelStream(link, { cols: payload.cols, rows: payload.rows });
    await anew.takeUntil(() => anew.exitCode !== undefined);
    expect(anew.exitCode).toBe(3);
    expect(unlike(anew)).toEqual([]);
    await settled();
    expect(owner.state.getSnapshot().name).toBe("ended");
  });

  it("tells the exit last, and no more once the server knows", async () => {
    link.goUp();
    await register();
    print("bye");
    const gone = owner.exit({ exitCode: 7 }, 60_000);
    const stream = createModelStream(link, SIZE);
    await stream.takeUntil(() => stream.exitCode !== undefined);
    await gone;
    expect(stream.records).toEqual(["output@0", "exit@3"]);
    expect(stream.exitCode).toBe(7);
    link.goDown();
    link.goUp();
    await settled();
    expect(link.waiting()).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  it("tells the exit again when its answer was lost, and does not wait longer than it was told to", async () => {
    link.goUp();
    await register();
    const gone = owner.exit({ exitCode: 0 }, 5_000);
    await link.asked("terminal:exit");
    link.goDown();
    link.goUp();
    await register(0);
    await link.asked("terminal:exit");
    clock.advance(5_000);
    await gone;
    owner.dispose();
    expect(link.listeners).toBe(0);
    expect(clock.waiting).toBe(0);
  });
});

describe("input", () => {
  const typed: string[] = [];
  const type = (data: string, id?: { source: string; inputSeq: number }): void =>
    link.say("terminal:input", { ptyId: "pty", data, ...id });

  beforeEach(() => {
    typed.length = 0;
    owner.dispose();
    owner = open({ onInput: (text) => typed.push(text) });
  });

  it("that another server passes on again is typed once, and what has no name always", async () => {
    link.goUp();
    await register();
    type("a", { source: "ann", inputSeq: 1 });
    type("b", { source: "ben", inputSeq: 1 });
    type("c", { source: "ann", inputSeq: 2 });
    type("x");
    link.goDown();
    link.goUp();
    await register();
    type("a", { source: "ann", inputSeq: 1 });
    type("c", { source: "ann", inputSeq: 2 });
    type("d", { source: "ann", inputSeq: 3 });
    type("x");
    expect(typed).toEqual(["a", "b", "c", "x", "d", "x"]);
  });

  it("is numbered anew for another terminal", async () => {
    link.goUp();
    await register();
    type("a", { source: "ann", inputSeq: 7 });
    link.goDown();
    link.goUp();
    await register(0, "e2");
    type("b", { source: "ann", inputSeq: 1 });
    expect(typed).toEqual(["a", "b"]);
  });
});

describe("resizes at one place", () => {
  it("which the server has are not said again: going through the smaller size would cut the screen", async () => {
    link.goUp();
    await register();
    print("text");
    resize(20, 4);
    resize(60, 9);
    const first = createModelStream(link, SIZE);
    first.takeAll();
    expect(first.records).toEqual(["output@0", "resized@4", "resized@4"]);
    link.goDown();
    resize(30, 5);
    link.goUp();
    (await link.asked("terminal:register")).answer({
      ...{ success: true, epoch: "e1", offset: 4, resumeKey: "key of e1", viewers: 0 },
      resizes: 2,
    });
    const third = await link.asked("terminal:resized");
    expect(third.payload).toMatchObject({ offset: 4, cols: 30, rows: 5 });
    await settled();
    expect(link.waiting()).toEqual([]);
  });

  it("are said to a server that does not tell what it has of them", async () => {
    link.goUp();
    await register();
    resize(20, 4);
    createModelStream(link, SIZE).takeAll();
    link.goDown();
    link.goUp();
    await register(0);
    expect((await link.asked("terminal:resized")).payload).toMatchObject({ offset: 0, cols: 20, rows: 4 });
  });
});

describe("a session that was deleted", () => {
  it("is not made again by its owner, whatever the program prints and however often it connects", async () => {
    link.goUp();
    await register();
    link.say("terminal:exit", { ptyId: "pty", reason: "session_removed" });
    expect(owner.state.getSnapshot().name).toBe("removed");
    print("on and on");
    link.goDown();
    link.goUp();
    clock.advance(10_000);
    await settled();
    expect(link.waiting()).toEqual([]);
    await owner.exit({ exitCode: 0 }, 60_000);
    expect(owner.state.getSnapshot().name).toBe("removed");
  });

  it("is another thing than a server that stops, to which the next one belongs", async () => {
    link.goUp();
    await register();
    link.say("terminal:exit", { ptyId: "pty", reason: "server_shutdown" });
    expect(owner.state.getSnapshot().name).toBe("sharing");
    link.goDown();
    link.goUp();
    await register();
    expect(owner.state.getSnapshot().name).toBe("sharing");
  });
});

describe("the program is held", () => {
  it("while the server is 512 KiB behind, and let go once it has caught up", async () => {
    link.goUp();
    await register();
    for (let n = 0; n < 10; n += 1) print("x".repeat(64 * KIB));
    expect(flow).toEqual([true]);
    const stream = createModelStream(link, SIZE);
    await stream.takeUntil(() => stream.received === 640 * KIB);
    await settled();
    expect(flow).toEqual([true, false]);
  });

  it("with half a character read, which is whole once it goes on", async () => {
    link.goUp();
    await register();
    const [head, tail] = [bytesOf("漢").subarray(0, 1), bytesOf("漢").slice(1)];
    link.say("terminal:flow", { ptyId: "pty", paused: true });
    print(head);
    clock.advance(10_000);
    link.say("terminal:flow", { ptyId: "pty", paused: false });
    print(tail);
    const stream = createModelStream(link, SIZE);
    await stream.takeUntil(() => stream.received === 3);
    expect(differences(dumpState(stream.terminal), dumpState(here))).toEqual([]);
  });

  it("while the server says so, and not beyond the connection on which it did", async () => {
    link.goUp();
    await register();
    link.say("terminal:flow", { ptyId: "pty", paused: true });
    expect(flow).toEqual([true]);
    link.say("terminal:flow", { ptyId: "another", paused: false });
    expect(flow).toEqual([true]);
    link.goDown();
    expect(flow).toEqual([true, false]);
  });

  it("neither while the connection is lost nor before there ever was one, and then begins with the screen", async () => {
    for (let n = 0; n < 40_000; n += 1_000) {
      print(lines(n, 1_000));
      await settled();
    }
    expect(printed).toBeGreaterThan(KEPT);
    expect(flow.filter(Boolean)).toEqual([]);
    link.goUp();
    const { payload } = await register(0);
    expect(payload.resume).toBeUndefined();
    const stream = createModelStream(link, { cols: payload.cols, rows: payload.rows });
    await stream.takeUntil(
      () => differences(dumpState(stream.terminal, 100), dumpState(here, 100)).length === 0,
    );
  });

  it("not while another process has the session", async () => {
    link.goUp();
    (await link.asked("terminal:register")).refuse(new HoldfastError("CONFLICT", "a live owner"));
    await settled();
    expect(owner.state.getSnapshot().name).toBe("refused");
    for (let n = 0; n < 12; n += 1) print("x".repeat(64 * KIB));
    expect(flow).toEqual([]);
    clock.advance(1_000);
    expect(flow).toEqual([true]);
    await register(0);
    expect(owner.state.getSnapshot().name).toBe("sharing");
  });
});
