import { afterEach, describe, expect, test } from "vitest";
import { MirrorLost } from "../../sdk/emulator/mirror-contract.ts";
import { createTerminalLog } from "../../sdk/emulator/terminal-log.ts";
import { createMirrorEmulator, type MirrorEmulatorOptions } from "../../server/emulator/mirror-emulator.ts";
import { mirrorConformance, screenFrom } from "./mirror-conformance.ts";
import { bytesOf, createTerminal, feed, screenOf } from "./terminals.ts";

const size = { cols: 20, rows: 5 };
const start = { ...size, offset: 0, scrollback: 1_000 };
const all = { historyLines: 10_000 };

const shared = createMirrorEmulator();
mirrorConformance("a thread of its own", (beginning) => shared.createMirror({ ...start, ...beginning }));

const hanging = (options: MirrorEmulatorOptions = {}) =>
  createMirrorEmulator({
    threads: 1,
    silentMs: 400,
    script: new URL("./hanging-worker.ts", import.meta.url),
    ...options,
  });

describe("a thread of mirrors", () => {
  const disposals: (() => void)[] = [];
  afterEach(() => {
    for (const dispose of disposals.splice(0)) dispose();
  });
  const logOf = (emulator: ReturnType<typeof createMirrorEmulator>) => {
    const errors: { readonly name: string; readonly isOwn: boolean; readonly lost: number }[] = [];
    const log = createTerminalLog({
      epoch: "e1",
      ...size,
      createMirror: emulator.createMirror,
      onError: (error, lost) => {
        const isOwn = error instanceof MirrorLost && error.isOwn;
        errors.push({ name: (error as Error).name, isOwn, lost });
      },
    });
    disposals.push(log.dispose);
    return { log, errors };
  };
  const screenOfLog = async (log: ReturnType<typeof createTerminalLog>) => {
    const viewer = createTerminal(size);
    feed(viewer, (await log.snapshot(all)).data);
    return screenOf(viewer);
  };

  test("that hangs is ended: who made it hang is told so, and who only lived there that it is lost", async () => {
    const emulator = hanging();
    const [hostile, innocent] = [emulator.createMirror(start), emulator.createMirror(start)];
    await Promise.all([hostile.write(bytesOf("a")), innocent.write(bytesOf("b"))]);
    const both = [hostile.write(bytesOf("HANG")), innocent.write(bytesOf("c"))];
    const [own, other] = await Promise.allSettled(both);
    expect(own).toMatchObject({ status: "rejected", reason: { name: "MirrorLost", isOwn: true } });
    expect(other).toMatchObject({ status: "rejected", reason: { name: "MirrorLost", isOwn: false } });
    await expect(innocent.write(bytesOf("d"))).rejects.toMatchObject({ isOwn: false });
    const next = emulator.createMirror(start);
    await next.write(bytesOf("another thread"));
    expect((await screenFrom(next))[0]).toBe("another thread");
    next.dispose();
  });

  test("that ends by itself is lost like one that hung", async () => {
    const mirror = hanging().createMirror(start);
    await expect(mirror.write(bytesOf("DIE"))).rejects.toMatchObject({ name: "MirrorLost", isOwn: true });
  });

  test("does not stop this one while it hangs", async () => {
    const mirror = hanging().createMirror(start);
    await mirror.write(bytesOf("ready"));
    let turns = 0;
    const count = setInterval(() => (turns += 1), 1);
    await expect(mirror.write(bytesOf("HANG"))).rejects.toThrow("hung");
    clearInterval(count);
    expect(turns).toBeGreaterThan(10);
  });

  test("that another terminal hung costs a log nothing: its state is rebuilt from what is kept", async () => {
    const emulator = hanging();
    const { log, errors } = logOf(emulator);
    log.append(bytesOf("one\r\n"));
    await log.snapshot(all);
    const hostile = emulator.createMirror(start);
    const hung = expect(hostile.write(bytesOf("HANG"))).rejects.toThrow("hung");
    log.append(bytesOf("two"));
    expect((await screenOfLog(log)).slice(0, 2)).toEqual(["one", "two"]);
    await hung;
    expect(errors).toEqual([{ name: "MirrorLost", isOwn: false, lost: 0 }]);
  });

  test("hung twice by the same output is not asked again: the state begins anew after it, and that is said", async () => {
    const { log, errors } = logOf(hanging());
    log.append(bytesOf("before\r\n"));
    await log.snapshot(all);
    log.append(bytesOf("HANG\r\n"));
    const first = await log.snapshot(all);
    expect(first.offset).toBe(log.head);
    expect(errors).toEqual([
      { name: "MirrorLost", isOwn: true, lost: 0 },
      { name: "MirrorLost", isOwn: true, lost: log.head },
    ]);
    log.append(bytesOf("after"));
    expect(await screenOfLog(log)).toEqual(["after", "", "", "", ""]);
    expect(errors).toHaveLength(2);
  });

  test("that cannot be started costs the first mirror, and those after it are in this thread", async () => {
    const { log, errors } = logOf(hanging({ script: new URL("./no-such-worker.ts", import.meta.url) }));
    log.append(bytesOf("all the same"));
    expect((await screenOfLog(log))[0]).toBe("all the same");
    expect(errors).toEqual([{ name: "MirrorLost", isOwn: false, lost: 0 }]);
  });

  test("takes new mirrors after its last one was disposed", async () => {
    const emulator = createMirrorEmulator({ threads: 1 });
    for (const text of ["first", "second"]) {
      const mirror = emulator.createMirror(start);
      await mirror.write(bytesOf(text));
      expect((await screenFrom(mirror))[0]).toBe(text);
      mirror.dispose();
    }
  });
});
