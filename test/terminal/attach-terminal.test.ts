import { beforeEach, describe, expect, it } from "vitest";
import { HoldfastError } from "../../sdk/errors.ts";
import { createBareTerminal, screenOf, written } from "../emulator/terminals.ts";
import { type Attached, countHandlers, createViewing, SIZE, settled, type Viewing } from "./viewing.ts";

let view: Viewing;

beforeEach(() => {
  view = createViewing();
});

const status = (attachment: Attached): string => attachment.getSnapshot().status;

describe("an attachment", () => {
  it("asks for the screen, takes its size, and is live", async () => {
    view.link.goUp();
    const attachment = view.attach();
    expect(status(attachment)).toBe("attaching");
    view.print("\x1b[31mred");
    const { payload } = await view.answer(view.snapshot("\x1b[31mred"));
    expect(payload).toEqual({
      ...{ sessionId: "s1", encoding: "binary", priority: "live", history: 1_000 },
      // Node undoes what is packed.
      packed: true,
    });
    expect(status(attachment)).toBe("live");
    expect(await view.unlike(attachment)).toEqual([]);
  });

  it("drops what it has, and slices what overlaps", async () => {
    const attachment = await view.attached();
    const one = view.print("one ");
    const two = view.print("two ");
    view.output(one);
    view.output(one);
    view.output({ ...one, data: new Uint8Array([...one.data, ...two.data]) });
    view.output(two);
    expect(await view.unlike(attachment)).toEqual([]);
    expect(view.link.waiting()).toEqual([]);
  });

  it("never takes output over a gap, but watches again from where it is", async () => {
    const attachment = await view.attached();
    const lost = view.print("lost");
    view.output(view.print("after"));
    view.output(view.print("wards"));
    expect(view.link.waiting("terminal:watch")).toHaveLength(1);
    const { payload } = await view.answer(view.delta(lost.offset, "lostafterwards"));
    expect(payload.since).toEqual({ epoch: "e1", offset: lost.offset });
    expect(await view.unlike(attachment)).toEqual([]);
    expect(view.link.waiting("terminal:watch")).toEqual([]);
  });

  it("applies resizes between the bytes they came between, however much waits to be parsed", async () => {
    const attachment = await view.attached();
    view.output(view.print("0123456789".repeat(5)));
    view.link.say("terminal:resized", view.resize(17, 4));
    view.output(view.print("abcdefghij".repeat(4)));
    view.link.say("terminal:resized", view.resize(44, 9));
    view.output(view.print("end"));
    expect(await view.unlike(attachment)).toEqual([]);
  });

  it("never puts a snapshot on a screen that is further, not even while a resize waits for its turn", async () => {
    const attachment = await view.attached();
    const { offset } = view.print("");
    view.output(view.print("x".repeat(40)));
    view.link.say("terminal:resized", view.resize(20, 5));
    const resets: boolean[] = [];
    attachment.terminal.parser.registerEscHandler({ final: "c" }, () => {
      resets.push(true);
      return false;
    });
    view.link.say("terminal:reset", view.snapshot("older", offset));
    expect(await view.unlike(attachment)).toEqual([]);
    expect(resets).toEqual([]);
  });

  it("takes the history that a shorter snapshot left out, though it is where it was", async () => {
    const attachment = await view.attached();
    const printed = `${"line\r\n".repeat(20)}$ `;
    view.print(printed);
    view.link.say("terminal:reset", view.snapshot("line\r\n".repeat(5).concat("$ ")));
    await written(attachment.terminal, "");
    expect(await view.unlike(attachment)).not.toEqual([]);
    view.link.say("terminal:reset", view.snapshot(`$ ${printed}`));
    expect(await view.unlike(attachment)).toEqual([]);
  });

  it("comes forward by a snapshot when it was too far behind", async () => {
    const attachment = await view.attached();
    view.print("much that was skipped\r\n".repeat(3));
    view.link.say("terminal:reset", view.snapshot("much that was skipped\r\n".repeat(3).replace(/^/, "$ ")));
    view.output(view.print("next"));
    expect(await view.unlike(attachment)).toEqual([]);
  });
});

describe("what follows the answer to a watch, heard before it", () => {
  it("is not lost, and costs no other watch", async () => {
    view.link.goUp();
    view.print("$ ");
    const attachment = view.attach();
    const asked = await view.link.asked("terminal:watch");
    asked.answer(view.snapshot("$ "));
    // In the same turn, as from one network packet.
    view.output(view.print("ls"));
    view.link.say("terminal:resized", view.resize(50, 5));
    view.output(view.print("\r\nfile"));
    view.link.say("terminal:owner", { sessionId: "s1", status: "lost" });
    await settled();
    expect(await view.unlike(attachment)).toEqual([]);
    expect(status(attachment)).toBe("owner-lost");
    expect(view.link.waiting()).toEqual([]);
  });

  it("of an epoch that is over costs one more watch, not one a record", async () => {
    const attachment = await view.attached();
    view.link.goDown();
    view.link.goUp();
    const asked = await view.link.asked("terminal:watch");
    for (let n = 0; n < 10; n += 1) view.output({ ...view.print("old"), epoch: "e0" });
    asked.answer(view.delta(2, "old".repeat(10)));
    await settled();
    await view.answer(view.delta(view.offset, ""));
    expect(view.link.waiting()).toEqual([]);
    expect(await view.unlike(attachment)).toEqual([]);
  });
});

describe("a lost connection", () => {
  it("is made good by the bytes that were missed", async () => {
    const attachment = await view.attached();
    view.link.goDown();
    expect(status(attachment)).toBe("catching-up");
    const missed = view.print("missed");
    view.link.goUp();
    const { payload } = await view.answer(view.delta(missed.offset, "missed"));
    expect(payload.since).toEqual({ epoch: "e1", offset: missed.offset });
    expect(status(attachment)).toBe("live");
    expect(await view.unlike(attachment)).toEqual([]);
  });

  it("that hid a resize right there is made good by the size of the answer", async () => {
    const attachment = await view.attached();
    view.link.goDown();
    const { offset } = view.resize(12, 4);
    view.print("wraps at another column");
    view.link.goUp();
    await view.answer(view.delta(offset, "wraps at another column"));
    expect(await view.unlike(attachment)).toEqual([]);
  });

  it("keeps the size asked for meanwhile until it can be told, and the last one only", async () => {
    const attachment = await view.attached();
    view.link.goDown();
    attachment.resize(90, 20);
    attachment.resize(91, 21);
    view.link.goUp();
    await view.answer(view.delta(2, ""));
    expect(view.link.waiting("terminal:resize")).toHaveLength(1);
    expect((await view.link.asked("terminal:resize")).payload).toEqual({
      sessionId: "s1",
      cols: 91,
      rows: 21,
    });
  });

  it("asks again for the size asked for last, and says that it is nothing new once a server took it", async () => {
    const attachment = await view.attached();
    const size = { sessionId: "s1", cols: 91, rows: 21 };
    const back = async () => {
      view.link.goDown();
      view.link.goUp();
      await view.answer(view.delta(2, ""));
      return view.link.asked("terminal:resize");
    };
    attachment.resize(91, 21);
    await view.link.asked("terminal:resize");
    // It went down with the connection: nobody knows whether it was heard.
    const told = await back();
    expect(told.payload).toEqual(size);
    told.answer({});
    const toldAgain = await back();
    expect(toldAgain.payload).toEqual({ ...size, again: true });
    toldAgain.refuse(new HoldfastError("FORBIDDEN", "no"));
    view.link.goDown();
    view.link.goUp();
    await view.answer(view.delta(2, ""));
    expect(view.link.waiting("terminal:resize")).toEqual([]);
  });

  it("after which another shell has the session shows that one, and acks its offsets", async () => {
    const attachment = await view.attached();
    view.output(view.print("x".repeat(20_000)));
    await written(attachment.terminal, "");
    view.link.goDown();
    view.restart("e2");
    view.print("new shell");
    view.link.goUp();
    await view.answer(view.snapshot("new shell"));
    expect(await view.unlike(attachment)).toEqual([]);
    view.clock.advance(50);
    expect(view.link.sent("terminal:ack").at(-1)).toEqual({ sessionId: "s1", epoch: "e2", offset: 9 });
    expect(attachment.getSnapshot()).toMatchObject({ status: "live", offset: 9, lagBytes: 0 });
  });
});

describe("acks", () => {
  it("tell what the emulator parsed, rise only, and come at least every 64 KiB while more waits", async () => {
    const attachment = await view.attached();
    for (let n = 0; n < 20; n += 1) view.output(view.print("y".repeat(8_192)));
    expect(view.link.sent("terminal:ack").filter(({ offset }) => offset > 2)).toEqual([]);
    await written(attachment.terminal, "");
    view.clock.advance(50);
    const offsets = view.link.sent("terminal:ack").map(({ offset }) => offset);
    expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
    expect(offsets.at(-1)).toBe(view.offset);
    expect(offsets).toHaveLength(3);
  });

  it("come at once after 16 KiB when nothing waits, and 50 ms after less", async () => {
    const attachment = await view.attached();
    view.output(view.print("y".repeat(16_384)));
    await written(attachment.terminal, "");
    expect(view.link.sent("terminal:ack").at(-1)?.offset).toBe(view.offset);
    const acks = view.link.sent("terminal:ack").length;
    view.output(view.print("y".repeat(100)));
    await written(attachment.terminal, "");
    expect(view.link.sent("terminal:ack")).toHaveLength(acks);
    view.clock.advance(50);
    expect(view.link.sent("terminal:ack").at(-1)?.offset).toBe(view.offset);
  });

  it("of another epoch never stand in the way of those of this one", async () => {
    const attachment = await view.attached();
    view.output(view.print("z".repeat(100_000)));
    view.restart("e2");
    view.print("fresh");
    view.link.say("terminal:reset", view.snapshot("fresh"));
    view.output(view.print(" and on"));
    expect(await view.unlike(attachment)).toEqual([]);
    view.clock.advance(50);
    const acks = view.link.sent("terminal:ack");
    expect(acks.filter(({ epoch, offset }) => epoch === "e2" && offset > 12)).toEqual([]);
    expect(acks.at(-1)).toEqual({ sessionId: "s1", epoch: "e2", offset: 12 });
  });
});

describe("two attachments of one session", () => {
  it("share one watch, and both are exact; the last to leave ends it", async () => {
    const first = await view.attached();
    const second = view.attach();
    // What the first still gets by its own watch is nothing to the second.
    view.output(view.print("before "));
    expect(view.link.waiting("terminal:watch")).toHaveLength(1);
    const { payload } = await view.answer(view.snapshot("$ ", 2));
    expect(payload.since).toBeUndefined();
    view.output({ ...view.print(""), offset: 2, data: new TextEncoder().encode("before ") });
    view.output(view.print("after"));
    expect(await view.unlike(first)).toEqual([]);
    expect(await view.unlike(second)).toEqual([]);
    expect(view.link.waiting()).toEqual([]);

    first.detach();
    expect(view.link.sent("terminal:unwatch")).toEqual([]);
    view.output(view.print(" alone"));
    expect(await view.unlike(second)).toEqual([]);
    second.detach();
    expect(view.link.sent("terminal:unwatch")).toEqual([{ sessionId: "s1" }]);
    expect(view.link.listeners).toBe(0);
  });

  it("one right after the other: the answer to the first does not end the watch of the second", async () => {
    view.link.goUp();
    view.print("$ ");
    view.attach().detach();
    const second = view.attach();
    const [before, after] = [
      await view.link.asked("terminal:watch"),
      await view.link.asked("terminal:watch"),
    ];
    expect(view.link.sent("terminal:unwatch")).toHaveLength(1);
    before.answer(view.snapshot("$ "));
    after.answer(view.snapshot("$ "));
    await settled();
    expect(view.link.sent("terminal:unwatch")).toHaveLength(1);
    expect(status(second)).toBe("live");
    expect(await view.unlike(second)).toEqual([]);
  });

  it("the second joining while the first is answered by delta gets a screen of its own", async () => {
    const first = await view.attached();
    view.link.goDown();
    view.link.goUp();
    const second = view.attach();
    await view.answer(view.delta(2, ""));
    expect(status(second)).toBe("attaching");
    await view.answer(view.snapshot("$ "));
    expect(await view.unlike(first)).toEqual([]);
    expect(await view.unlike(second)).toEqual([]);
    expect(view.link.waiting()).toEqual([]);
  });
});

describe("detached", () => {
  it("it leaves the terminal as it is, with no handler on it, none on the link, and no timer", async () => {
    view.link.goUp();
    view.print("stays");
    const terminal = createBareTerminal(SIZE);
    const handlers = countHandlers(terminal);
    const attachment = view.attach({ terminal });
    expect(handlers()).toBeGreaterThan(10);
    await view.answer(view.snapshot("stays"));
    view.output(view.print(" here"));
    await written(terminal, "");
    attachment.detach();
    attachment.detach();
    view.output(view.print(" but not this"));
    await written(terminal, "");
    expect(screenOf(terminal)[0]).toBe("stays here");
    expect({ terminal: handlers(), link: view.link.listeners, timers: view.clock.waiting }).toEqual({
      terminal: 0,
      link: 0,
      timers: 0,
    });
  });

  it("it is when its terminal is disposed, so that nothing more is sent for it", async () => {
    const attachment = await view.attached();
    attachment.terminal.dispose();
    expect(view.link.sent("terminal:unwatch")).toEqual([{ sessionId: "s1" }]);
    expect({ link: view.link.listeners, timers: view.clock.waiting }).toEqual({ link: 0, timers: 0 });
  });

  it("it is when the client is closed", async () => {
    await view.attached();
    view.close();
    expect(view.link.listeners).toBe(0);
    expect(view.clock.waiting).toBe(0);
  });
});
