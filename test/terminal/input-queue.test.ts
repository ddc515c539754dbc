import { beforeEach, describe, expect, it } from "vitest";
import { HoldfastError } from "../../sdk/errors.ts";
import { createInputQueue, type InputQueue, type InputState } from "../../sdk/terminal/input-queue.ts";
import { createManualClock, type ManualClock } from "../support/manual-clock.ts";

interface Sent {
  readonly text: string;
  readonly inputSeq: number;
  resolve(): void;
  reject(error: HoldfastError): void;
}

let clock: ManualClock;
let sent: Sent[];
let states: InputState[];
let refusals: HoldfastError[];
let queue: InputQueue;

beforeEach(() => {
  clock = createManualClock();
  sent = [];
  states = [];
  refusals = [];
  queue = createInputQueue({
    send: (text, inputSeq) =>
      new Promise((resolve, reject) => {
        sent.push({ text, inputSeq, resolve: () => resolve({}), reject });
      }),
    now: clock.now,
    schedule: clock.schedule,
    onChange: (state) => states.push(state),
    onRefused: (error) => refusals.push(error),
  });
});

const offline = () => new HoldfastError("OFFLINE", "The link is down.");
const settled = () => new Promise((resolve) => setImmediate(resolve));
const last = () => states.at(-1);

describe("input", () => {
  it("goes out at once, numbered from 1, while connected", () => {
    queue.connected("e1");
    queue.type("a");
    queue.type("b");
    expect(sent.map(({ text, inputSeq }) => [text, inputSeq])).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
    expect(last()).toEqual({ pending: 2, dropped: 0 });
  });

  it("is no longer pending once the shell took it", async () => {
    queue.connected("e1");
    queue.type("a");
    sent[0]?.resolve();
    await settled();
    expect(last()).toEqual({ pending: 0, dropped: 0 });
  });

  it("is sent again under the same number when its answer was lost", async () => {
    queue.connected("e1");
    queue.type("ls\n");
    queue.connected(undefined);
    sent[0]?.reject(offline());
    await settled();
    queue.connected("e1");
    expect(sent.map(({ text, inputSeq }) => [text, inputSeq])).toEqual([
      ["ls\n", 1],
      ["ls\n", 1],
    ]);
  });

  it("keeps its order when several pieces are sent again", () => {
    queue.connected("e1");
    queue.type("one");
    queue.type("two");
    queue.connected(undefined);
    queue.type("three");
    queue.connected("e1");
    expect(sent.slice(2).map(({ inputSeq }) => inputSeq)).toEqual([1, 2, 3]);
  });

  it("typed while away is sent once when the way is open within 10 s", () => {
    queue.type("x");
    expect(last()).toEqual({ pending: 1, dropped: 0 });
    clock.advance(9_999);
    queue.connected("e1");
    expect(sent.map(({ text }) => text)).toEqual(["x"]);
  });

  it("typed while away is dropped after 10 s, and said", () => {
    queue.type("x");
    clock.advance(10_000);
    expect(last()).toEqual({ pending: 0, dropped: 1 });
    queue.connected("e1");
    expect(sent).toEqual([]);
  });

  it("meant for one shell never reaches another", () => {
    queue.connected("e1");
    queue.type("rm -rf build\n");
    queue.connected(undefined);
    queue.connected("e2");
    expect(sent).toHaveLength(1);
    expect(last()).toEqual({ pending: 0, dropped: "rm -rf build\n".length });
  });

  it("that the server refuses is dropped and reported once", async () => {
    queue.connected("e1");
    queue.type("a");
    sent[0]?.reject(new HoldfastError("FORBIDDEN", "This terminal is read-only."));
    await settled();
    expect(refusals.map(({ code }) => code)).toEqual(["FORBIDDEN"]);
    expect(last()).toEqual({ pending: 0, dropped: 1 });
  });

  it("beyond 64 KiB not taken yet is refused, and said", () => {
    queue.connected("e1");
    queue.type("a".repeat(65_536));
    queue.type("b");
    expect(sent).toHaveLength(1);
    expect(last()).toEqual({ pending: 65_536, dropped: 1 });
  });

  it("leaves no timer behind", () => {
    queue.type("a");
    expect(clock.waiting).toBe(1);
    queue.dispose();
    expect(clock.waiting).toBe(0);
  });
});
