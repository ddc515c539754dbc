import { beforeEach, describe, expect, it } from "vitest";
import { HoldfastError } from "../../sdk/errors.ts";
import { written } from "../emulator/terminals.ts";
import { type Attached, createViewing, settled, type Viewing } from "./viewing.ts";

let view: Viewing;

beforeEach(() => {
  view = createViewing();
});

const status = (attachment: Attached): string => attachment.getSnapshot().status;

async function refuse(error: HoldfastError): Promise<void> {
  (await view.link.asked("terminal:watch")).refuse(error);
  await settled();
}

describe("the end", () => {
  it("is shown with its code, and stays over a reconnect and when the server forgot", async () => {
    const attachment = await view.attached();
    view.output(view.print("bye"));
    view.link.say("terminal:exit", { sessionId: "s1", epoch: "e1", offset: view.offset, exitCode: 7 });
    expect(attachment.getSnapshot()).toMatchObject({ status: "exited", exitCode: 7 });
    view.link.goDown();
    view.link.goUp();
    await view.answer(view.delta(view.offset, ""));
    expect(attachment.getSnapshot()).toMatchObject({ status: "exited", exitCode: 7 });
    view.link.goDown();
    view.link.goUp();
    await refuse(new HoldfastError("NOT_FOUND", "Terminal session not found"));
    expect(attachment.getSnapshot()).toMatchObject({ status: "exited", exitCode: 7 });
    expect(await view.unlike(attachment)).toEqual([]);
  });

  it("that lies beyond a gap is not believed before the gap is closed", async () => {
    const attachment = await view.attached();
    const lost = view.print("lost");
    const exit = { sessionId: "s1", epoch: "e1", offset: view.offset, exitCode: 0 };
    view.link.say("terminal:exit", exit);
    expect(status(attachment)).toBe("live");
    await view.answer(view.delta(lost.offset, "lost"));
    view.link.say("terminal:exit", exit);
    expect(status(attachment)).toBe("exited");
  });

  it("of a server is not that of the terminal", async () => {
    const attachment = await view.attached();
    view.link.say("terminal:exit", { sessionId: "s1", exitCode: null, reason: "server_shutdown" });
    expect(status(attachment)).toBe("live");
  });

  it("for want of an owner is over when the owner is back, also when that was not heard", async () => {
    const attachment = await view.attached();
    const exit = { sessionId: "s1", epoch: "e1", offset: 2, exitCode: null, reason: "owner_disconnected" };
    view.link.say("terminal:exit", exit);
    expect(status(attachment)).toBe("exited");
    view.link.say("terminal:owner", { sessionId: "s1", status: "back" });
    expect(attachment.getSnapshot()).toEqual({
      status: "live",
      offset: 2,
      lagBytes: 0,
      pendingInput: 0,
      droppedInput: 0,
    });
    view.link.say("terminal:exit", exit);
    view.link.goDown();
    view.link.goUp();
    await view.answer(view.delta(2, ""));
    expect(status(attachment)).toBe("live");
  });

  it("is followed by the next shell of the session", async () => {
    const attachment = await view.attached();
    view.link.say("terminal:exit", { sessionId: "s1", epoch: "e1", offset: 2, exitCode: 0 });
    view.restart("e2");
    view.print("again");
    view.link.say("terminal:reset", view.snapshot("again"));
    expect(status(attachment)).toBe("live");
    expect(attachment.getSnapshot().exitCode).toBeUndefined();
    expect(await view.unlike(attachment)).toEqual([]);
  });
});

describe("what is wrong is said", () => {
  it("owner-lost while the owner's connection is", async () => {
    const attachment = await view.attached();
    view.link.say("terminal:owner", { sessionId: "s1", status: "lost" });
    expect(status(attachment)).toBe("owner-lost");
    view.output(view.print("late"));
    expect(status(attachment)).toBe("owner-lost");
    view.link.say("terminal:owner", { sessionId: "s1", status: "back" });
    expect(status(attachment)).toBe("live");
  });

  it("refused, for good, to one who may not watch", async () => {
    view.link.goUp();
    const attachment = view.attach();
    await refuse(new HoldfastError("FORBIDDEN", "Forbidden"));
    expect(attachment.getSnapshot()).toMatchObject({ status: "refused", error: { code: "FORBIDDEN" } });
    view.clock.advance(60_000);
    expect(view.link.waiting()).toEqual([]);
  });

  it("refused while there is no such terminal, asked for again until there is", async () => {
    view.link.goUp();
    const attachment = view.attach();
    for (const waitMs of [250, 500, 1_000, 2_000, 4_000, 4_000]) {
      await refuse(new HoldfastError("NOT_FOUND", "Terminal session not found"));
      expect(attachment.getSnapshot()).toMatchObject({ status: "refused", error: { code: "NOT_FOUND" } });
      view.clock.advance(waitMs - 1);
      expect(view.link.waiting()).toEqual([]);
      view.clock.advance(1);
    }
    view.print("there");
    await view.answer(view.snapshot("there"));
    expect(status(attachment)).toBe("live");
    expect(attachment.getSnapshot().error).toBeUndefined();
  });

  it("nothing of the kind while the server is only busy: it is asked again when it says", async () => {
    view.link.goUp();
    const attachment = view.attach();
    await refuse(new HoldfastError("RATE_LIMITED", "Too many", { retryAfterMs: 3_000 }));
    expect(status(attachment)).toBe("attaching");
    view.clock.advance(2_999);
    expect(view.link.waiting()).toEqual([]);
    view.clock.advance(1);
    expect(view.link.waiting("terminal:watch")).toHaveLength(1);
  });

  it("owner-lost while a restarted server waits for the owner, and the screen stays", async () => {
    const attachment = await view.attached();
    view.link.goDown();
    view.link.goUp();
    await refuse(new HoldfastError("NOT_FOUND", "Terminal session not found"));
    expect(status(attachment)).toBe("owner-lost");
    expect(await view.unlike(attachment)).toEqual([]);
    view.clock.advance(250);
    await view.answer(view.delta(2, ""));
    expect(status(attachment)).toBe("live");
  });

  it("catching-up, with the bytes that lie between", async () => {
    const attachment = await view.attached();
    for (let n = 0; n < 20; n += 1) view.output(view.print("w".repeat(8_192)));
    expect(attachment.getSnapshot()).toMatchObject({ status: "catching-up", lagBytes: 20 * 8_192 });
    await written(attachment.terminal, "");
    expect(attachment.getSnapshot()).toMatchObject({ status: "live", lagBytes: 0, offset: view.offset });
  });
});

describe("input", () => {
  it("typed while away goes out once, when the terminal is watched again", async () => {
    const attachment = await view.attached();
    view.link.goDown();
    attachment.terminal.input("ls\r");
    expect(attachment.getSnapshot().pendingInput).toBe(3);
    view.clock.advance(9_000);
    view.link.goUp();
    expect(view.link.waiting("terminal:input")).toEqual([]);
    await view.answer(view.delta(2, ""));
    const { payload, answer: ack } = await view.link.asked("terminal:input");
    expect(payload).toEqual({ sessionId: "s1", input: "ls\r", inputSeq: 1, viewerId: "id-1" });
    ack({ success: true, inputSeq: 1 });
    await settled();
    expect(attachment.getSnapshot()).toMatchObject({ pendingInput: 0, droppedInput: 0 });
    expect(view.link.waiting("terminal:input")).toEqual([]);
  });

  it("under way for a shell that was replaced is not typed into the next one", async () => {
    const attachment = await view.attached();
    attachment.write("rm -r build\r");
    view.restart("e2");
    view.print("% ");
    view.link.say("terminal:reset", view.snapshot("% "));
    expect(attachment.getSnapshot()).toMatchObject({ pendingInput: 0, droppedInput: 12 });
    attachment.write("ls\r");
    view.link.goDown();
    view.link.goUp();
    await view.answer(view.delta(2, ""));
    expect((await view.link.asked("terminal:input")).payload).toMatchObject({ input: "ls\r", inputSeq: 2 });
  });

  it("of a read-only attachment is not sent, nor are answers to queries", async () => {
    const attachment = await view.attached();
    view.output(view.print("\x1b[c\x1b[6n\x1b]10;?\x07"));
    await written(attachment.terminal, "");
    attachment.detach();
    const mute = view.attach({ readOnly: true });
    await view.answer(view.snapshot("$ "));
    mute.terminal.input("x");
    expect(view.link.waiting("terminal:input")).toEqual([]);
  });
});
