import { deflateRawSync, inflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { createMirror } from "../../sdk/emulator/mirror.ts";
import type { Mirror } from "../../sdk/emulator/mirror-contract.ts";
import { createTerminalLog, type TerminalLogOptions } from "../../sdk/emulator/terminal-log.ts";
import { readAll, readBytes } from "./terminal-log-model.ts";
import { bytesOf, createTerminal, feed, screenOf } from "./terminals.ts";

const size = { cols: 20, rows: 5 };
const history = { historyLines: 10_000 };

function createLog(options: Partial<TerminalLogOptions> = {}) {
  return createTerminalLog({ epoch: "e1", ...size, createMirror, ...options });
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

test("a string longer than the ring goes on where a snapshot was taken in its middle", async () => {
  const log = createLog({ ringBytes: 1_024, deltaBytes: 256 });
  log.append(bytesOf("shown\x1b]0;"));
  for (let i = 0; i < 100; i++) log.append(bytesOf("t".repeat(50)));
  await log.whenDrained();
  expect(log.tail).toBeGreaterThan(100);
  const snapshot = await log.snapshot(history);
  const viewer = createTerminal(size);
  const titles: string[] = [];
  viewer.onTitleChange((title) => titles.push(title));
  feed(viewer, snapshot.data);
  log.append(bytesOf("end\x07 and on"));
  for (const record of readAll(log, snapshot.cursor, 1_000).records) {
    if (record.kind === "data") feed(viewer, record.bytes);
  }
  expect(titles.at(-1)).toBe(`${"t".repeat(5_000)}end`);
  expect(screenOf(viewer)[0]).toBe("shown and on");
});

test("a snapshot is of the last place that stands alone, and what follows is read from there", async () => {
  const log = createLog();
  log.append(bytesOf("text\x1b[3"));
  const snapshot = await log.snapshot(history);
  expect(snapshot.offset).toBe(4);
  expect(log.read(snapshot.cursor, 10)?.records).toMatchObject([{ offset: 4, bytes: bytesOf("\x1b[3") }]);
});

test("snapshots asked for at the same time are taken once", async () => {
  let taken = 0;
  const log = createLog({
    createMirror: (start) => {
      const mirror = createMirror(start);
      return {
        ...mirror,
        write: mirror.write,
        snapshot: (options) => {
          taken += 1;
          return mirror.snapshot(options);
        },
      };
    },
  });
  log.append(bytesOf("text"));
  const [a, b, c] = await Promise.all([
    log.snapshot(history),
    log.snapshot(history),
    log.snapshot({ historyLines: 0 }),
  ]);
  expect(a).toBe(b);
  expect(c.data).toBe(a.data);
  expect(taken).toBe(2);
});

test("history is as long as anybody asked for, and 1,000 lines before: what is kept is parsed again for it", async () => {
  const starts: number[] = [];
  const log = createLog({
    ringBytes: 64 * 1_024,
    maxScrollback: 3_000,
    createMirror: (start) => {
      starts.push(start.scrollback);
      return createMirror(start);
    },
  });
  const linesOf = async (historyLines: number): Promise<number> => {
    const viewer = createTerminal(size, 10_000);
    feed(viewer, (await log.snapshot({ historyLines })).data);
    return viewer.buffer.normal.baseY;
  };
  const print = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at++) log.append(bytesOf(`line ${at}\r\n`));
    await log.whenDrained();
  };
  await print(0, 2_000);
  expect(await linesOf(500)).toBe(500);
  expect(await linesOf(1_500)).toBe(1_500);
  await print(2_000, 20_000);
  expect(log.tail).toBeGreaterThan(0);
  expect(await linesOf(1_500)).toBe(1_500);
  // These are gone, and from now on they are kept.
  expect(await linesOf(10_000)).toBe(1_500);
  await print(20_000, 24_000);
  expect(await linesOf(10_000)).toBe(3_000);
  expect(starts).toEqual([1_000, 1_500, 3_000]);
});

test("an idle log packs what it has, and goes on when something comes", async () => {
  const log = createLog({
    pack: deflateRawSync,
    unpack: inflateRawSync,
    deltaBytes: 2_000,
    cols: 80,
    rows: 24,
  });
  for (let i = 0; i < 2_000; i++) log.append(bytesOf(`line ${i} \x1b[3${i % 8}mof many\x1b[0m\r\n`));
  const before = await log.snapshot(history);
  await log.hibernate();
  expect(log.isHibernated).toBe(true);
  expect(log.memoryBytes).toBeLessThan(20_000);
  expect(log.head - log.tail).toBeGreaterThanOrEqual(2_000);
  expect((await log.snapshot(history)).data).toBe(before.data);
  expect(log.isHibernated).toBe(false);
  log.append(bytesOf("more"));
  expect(text(readBytes(log, log.head - 10))).toMatch(/\r\nmore$/);
  expect((await log.snapshot(history)).offset).toBe(log.head);
});

test("a log that begins in the middle of a sequence takes snapshots after it", async () => {
  const start = { offset: 5, ...size, data: "\x1bcab\x1b[3" };
  const log = createLog({ start });
  expect((await log.snapshot(history)).offset).toBe(5);
  log.append(bytesOf("1mc"));
  const snapshot = await log.snapshot(history);
  expect(snapshot.offset).toBe(8);
  const viewer = createTerminal(size);
  feed(viewer, snapshot.data);
  expect(screenOf(viewer)[0]).toBe("abc");
});

test("a log begins with a state and its offset", async () => {
  const first = createLog();
  first.append(bytesOf("\x1b[32mgreen\r\n"));
  const { offset, cols, rows, data } = await first.snapshot(history);
  const log = createLog({ start: { offset, cols, rows, data } });
  expect([log.tail, log.head]).toEqual([offset, offset]);
  log.append(bytesOf("more"));
  const viewer = createTerminal(size);
  feed(viewer, (await log.snapshot(history)).data);
  expect(screenOf(viewer).slice(0, 2)).toEqual(["green", "more"]);
});

/** A mirror in the hands of a test: it can be slow, and it can fail. */
function createFaultyMirror(
  start: Parameters<typeof createMirror>[0],
  fault: { isOn: boolean; hold?: Promise<void> },
): Mirror {
  const mirror = createMirror(start);
  return {
    get cols() {
      return mirror.cols;
    },
    get rows() {
      return mirror.rows;
    },
    get offset() {
      return mirror.offset;
    },
    // So that all goes through it.
    isPlain: false,
    async write(bytes) {
      await fault.hold;
      if (fault.isOn) throw new Error("the worker is gone");
      await mirror.write(bytes);
    },
    resize: mirror.resize,
    snapshot: mirror.snapshot,
    restore: mirror.restore,
    dispose: mirror.dispose,
  };
}

test("a mirror that fails is replaced, and the state is exact again from what is kept", async () => {
  const fault = { isOn: true };
  const lost: number[] = [];
  const log = createLog({
    createMirror: (start) => createFaultyMirror(start, fault),
    onError: (_error, lostBytes) => {
      lost.push(lostBytes);
      fault.isOn = false;
    },
  });
  log.append(bytesOf("one\r\n\x1b[31mtwo"));
  const viewer = createTerminal(size);
  feed(viewer, (await log.snapshot(history)).data);
  expect(screenOf(viewer).slice(0, 2)).toEqual(["one", "two"]);
  expect(lost).toEqual([0]);
});

test("a mirror that keeps failing fails the snapshot, and only that", async () => {
  const fault = { isOn: true };
  const log = createLog({ createMirror: (start) => createFaultyMirror(start, fault) });
  log.append(bytesOf("text"));
  await expect(log.snapshot(history)).rejects.toThrow("the worker is gone");
  fault.isOn = false;
  expect((await log.snapshot(history)).offset).toBe(4);
});

test("what a failed mirror had parsed and is not kept any more is said to be lost", async () => {
  const fault = { isOn: false };
  const lost: number[] = [];
  const log = createLog({
    ringBytes: 1_024,
    deltaBytes: 256,
    checkpointBytes: 2_000,
    createMirror: (start) => createFaultyMirror(start, fault),
    onError: (_error, lostBytes) => {
      lost.push(lostBytes);
      fault.isOn = false;
    },
  });
  for (let i = 0; i < 1_000; i++) log.append(bytesOf(`line ${i}\r\n`));
  await log.whenDrained();
  const evicted = log.tail;
  fault.isOn = true;
  await log.snapshot(history);
  expect(lost.length).toBe(1);
  // Back to the last checkpoint, not to the beginning.
  expect(lost[0]).toBeLessThan(4_000);
  expect(log.tail).toBeGreaterThanOrEqual(evicted);
});

test("while the mirror lags the backlog is told, and is gone when it has caught up", async () => {
  let release: () => void = () => undefined;
  const fault = { isOn: false, hold: new Promise<void>((resolve) => (release = resolve)) };
  const log = createLog({ ringBytes: 10_000, createMirror: (start) => createFaultyMirror(start, fault) });
  for (let i = 0; i < 1_000; i++) log.append(bytesOf(`${"x".repeat(98)}\r\n`));
  expect(log.backlogBytes).toBe(90_000);
  expect(text(readBytes(log, 0)).length).toBe(100_000);
  release();
  await log.whenDrained();
  expect(log.backlogBytes).toBe(0);
  expect(log.tail).toBeGreaterThanOrEqual(90_000);
});

test("a mirror that lags hopelessly loses the oldest, and memory stays bounded", async () => {
  let release: () => void = () => undefined;
  const fault = { isOn: false, hold: new Promise<void>((resolve) => (release = resolve)) };
  const lost: number[] = [];
  const log = createLog({
    ringBytes: 10_000,
    createMirror: (start) => createFaultyMirror(start, fault),
    onError: (_error, lostBytes) => lost.push(lostBytes),
  });
  const chunk = bytesOf(`${"x".repeat(998)}\r\n`.repeat(100));
  for (let i = 0; i < 400; i++) log.append(chunk);
  expect(log.memoryBytes).toBeLessThan(17 * 1024 * 1024);
  release();
  await log.whenDrained();
  expect(lost.some((bytes) => bytes > 0)).toBe(true);
  expect((await log.snapshot(history)).offset).toBe(log.head);
});

test("a log that is disposed rejects who waits for it", async () => {
  const log = createLog();
  log.append(bytesOf("x".repeat(1_000_000)));
  const waiting = log.snapshot(history);
  log.dispose();
  await expect(waiting).rejects.toThrow("disposed");
});
