import { beforeEach, describe, expect, it } from "vitest";
import { isHoldfastError } from "../../sdk/errors.ts";
import { createBareTerminal, written } from "../emulator/terminals.ts";
import { createViewing, SIZE, type Viewing } from "./viewing.ts";

let view: Viewing;

beforeEach(() => {
  view = createViewing();
});

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function answer(ack: object): Promise<{ readonly payload: object }> {
  const asked = await view.link.asked("terminal:watch");
  asked.answer(ack);
  await settled();
  return asked;
}

/** Attached to a terminal on which the application has a handler for `CSI x`. */
async function attached(handler: () => boolean | Promise<boolean>) {
  const terminal = createBareTerminal(SIZE);
  // The typings of the headless build know handlers that answer at once only; the parser waits for either.
  terminal.parser.registerCsiHandler({ final: "x" }, handler as () => boolean);
  view.link.goUp();
  view.print("$ ");
  const attachment = view.attach({ terminal });
  await answer(view.snapshot("$ "));
  await written(terminal, "");
  return { ...attachment, terminal };
}

/** What a parser throws reaches whoever handles uncaught errors, as in a page. */
async function withUncaught(act: () => Promise<void>): Promise<unknown[]> {
  const caught: unknown[] = [];
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => caught.push(error));
  try {
    await act();
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const other of others) process.on("uncaughtException", other);
  }
  return caught;
}

const parsing = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("an emulator that stops", () => {
  it("because a packed state cannot be unpacked is restored by another", async () => {
    const attachment = await attached(() => true);
    const broken = { ...view.snapshot("broken", 50), packed: true, scrollback: new Uint8Array([0xff, 0xff]) };
    view.link.say("terminal:reset", broken);
    await expect.poll(() => view.errors.length, { timeout: 10_000 }).toBe(1);
    view.clock.advance(6_000);
    const { payload } = await answer(view.snapshot("restored"));
    expect(payload).toMatchObject({ packed: false });
    expect(payload).not.toHaveProperty("since");
    await written(attachment.terminal, "");
    expect(attachment.terminal.buffer.active.getLine(0)?.translateToString(true)).toBe("restored");
    expect(attachment.getSnapshot().status).toBe("live");
  });

  it("because a handler of the application threw is restored by a snapshot, and goes on", async () => {
    let throws = true;
    const attachment = await attached(() => {
      if (throws) throw new Error("of the application");
      return true;
    });
    const uncaught = await withUncaught(async () => {
      view.link.say("terminal:output", view.print("before\x1b[xafter"));
      await parsing();
      await parsing();
    });
    expect(uncaught.map(String)).toEqual(["Error: of the application"]);
    throws = false;
    view.link.say("terminal:output", view.print(" more"));
    view.clock.advance(6_000);
    expect(view.errors.map((error) => isHoldfastError(error, "INTERNAL"))).toEqual([true]);
    expect(attachment.getSnapshot().status).toBe("catching-up");
    const { payload } = await answer(view.snapshot("$ before\x1b[xafter more"));
    expect(payload).not.toHaveProperty("since");
    view.link.say("terminal:output", view.print(" and on"));
    await written(attachment.terminal, "");
    expect(await view.unlike(attachment)).toEqual([]);
    expect(attachment.getSnapshot()).toMatchObject({ status: "live", offset: view.offset, lagBytes: 0 });
  });

  it("right after a key press, where xterm.js parses within the call, is told and restored too", async () => {
    let throws = true;
    const attachment = await attached(() => {
      if (throws) throw new Error("of the application");
      return true;
    });
    attachment.terminal.input("k");
    view.link.say("terminal:output", view.print("before\x1b[xafter"));
    expect(view.errors.map(String)).toEqual(["Error: of the application"]);
    throws = false;
    view.clock.advance(6_000);
    await answer(view.snapshot("$ before\x1b[xafter"));
    expect(await view.unlike(attachment)).toEqual([]);
  });

  it("because a handler never settles is restored too, and what the handler does later changes nothing", async () => {
    let settle = (_: boolean): void => {};
    let isFirst = true;
    const attachment = await attached(() => {
      if (!isFirst) return true;
      isFirst = false;
      return new Promise((resolve) => {
        settle = resolve;
      });
    });
    view.link.say("terminal:output", view.print("before\x1b[xafter"));
    await parsing();
    view.clock.advance(6_000);
    await answer(view.snapshot("$ before\x1b[xafter"));
    view.link.say("terminal:output", view.print(" and on"));
    await written(attachment.terminal, "");
    expect(await view.unlike(attachment)).toEqual([]);
    settle(true);
    await settled();
    view.link.say("terminal:output", view.print(", still"));
    await written(attachment.terminal, "");
    expect(await view.unlike(attachment)).toEqual([]);
  });

  it("and cannot be helped is refused, with what to do, and left alone", async () => {
    view.link.goUp();
    const stuck = createBareTerminal(SIZE);
    stuck.write = () => {};
    const attachment = view.attach({ terminal: stuck });
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await answer(view.snapshot("$ "));
      view.clock.advance(6_000);
    }
    expect(attachment.getSnapshot()).toMatchObject({
      status: "refused",
      error: { code: "INTERNAL", remedy: expect.stringContaining("another xterm.js Terminal") },
    });
    expect({ errors: view.errors.length, timers: view.clock.waiting, link: view.link.listeners }).toEqual({
      errors: 4,
      timers: 0,
      link: 0,
    });
  });

  it("is told from a page that slept: time alone wedges nothing", async () => {
    const attachment = await attached(() => true);
    view.link.say("terminal:output", view.print("late"));
    view.clock.advance(1_000);
    await written(attachment.terminal, "");
    view.clock.advance(3_600_000);
    expect(view.errors).toEqual([]);
    expect(view.clock.waiting).toBe(0);
    expect(await view.unlike(attachment)).toEqual([]);
  });
});
