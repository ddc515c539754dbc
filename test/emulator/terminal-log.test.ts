import { deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMirror } from "../../sdk/emulator/mirror.ts";
import type { Mirror } from "../../sdk/emulator/mirror-contract.ts";
import { createTerminalLog, type TerminalLogOptions } from "../../sdk/emulator/terminal-log.ts";
import { fuzzing } from "./fuzz-settings.ts";
import { dumpState } from "./state-dump.ts";
import { sizes, tokensWithoutLinks } from "./stream-grammar.ts";
import { createModelLog, readAll, terminalOf } from "./terminal-log-model.ts";
import { bytesOf, createTerminal, differences, feed, screenOf } from "./terminals.ts";
import { unwritableReason } from "./unwritable.ts";

const size = { cols: 20, rows: 5 };
const history = { historyLines: 10_000 };

function createLog(options: Partial<TerminalLogOptions> = {}) {
  return createTerminalLog({ epoch: "e1", ...size, createMirror, ...options });
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

const steps = fc.array(
  fc.oneof(
    {
      // Without wraparound xterm.js 6.0.0 lets the chunks it is fed in show, at the edge.
      arbitrary: tokensWithoutLinks(20).map((list) => ({
        kind: "data" as const,
        text: list.filter((one) => one !== "\x1b[?7l").join(""),
      })),
      weight: 6,
    },
    { arbitrary: sizes.map((to) => ({ kind: "resize" as const, ...to })), weight: 1 },
    { arbitrary: fc.constantFrom({ kind: "snapshot" as const }, { kind: "hibernate" as const }), weight: 1 },
  ),
  { maxLength: 30, size: "max" },
);

test("whatever happens to a log, it reads like one that keeps everything, and its snapshots are exact", async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.constantFrom(64, 300, 2_000),
      fc.integer({ min: 4, max: 400 }),
      async (list, ringBytes, frame) => {
        const log = createLog({ ringBytes, pack: deflateRawSync, unpack: inflateRawSync });
        const model = createModelLog();
        let isWritable = true;
        for (const step of list) {
          if (step.kind === "data") {
            model.append(bytesOf(step.text));
            expect(log.append(bytesOf(step.text))).toBe(model.head);
          } else if (step.kind === "resize") {
            if (step.cols !== log.cols || step.rows !== log.rows) model.resize(step);
            log.resize(step.cols, step.rows);
          } else if (step.kind === "hibernate") {
            const { offset } = await log.snapshot(history);
            isWritable &&= unwritableReason(terminalOf(model.recordsUpTo(offset), size)) === undefined;
            await log.hibernate();
            expect(log.isHibernated).toBe(true);
          } else {
            const snapshot = await log.snapshot(history);
            const source = terminalOf(model.recordsUpTo(snapshot.offset), size);
            const viewer = createTerminal(snapshot);
            feed(viewer, snapshot.data);
            if (isWritable && unwritableReason(source) === undefined) {
              // What a resize moved away can be joined no more.
              const found = differences(dumpState(source), dumpState(viewer));
              expect(found.filter((path) => !/cursorBlink|join/.test(path))).toEqual([]);
              compared += 1;
            }
            source.dispose();
            viewer.dispose();
            const { records, isKept } = readAll(log, snapshot.cursor, frame);
            expect(isKept).toBe(true);
            expect(dataOf(records)).toBe(text(model.bytes(snapshot.offset, model.head)));
          }
          expect([log.head, log.tail <= log.head]).toEqual([model.head, true]);
          const { records } = readAll(log, log.tail, frame);
          expect(dataOf(records)).toBe(text(model.bytes(log.tail, model.head)));
          expect(marksOf(records)).toEqual(marksOf(model.records.filter(({ offset }) => offset >= log.tail)));
          for (const record of records) {
            if (record.kind === "data") expect(record.bytes.length).toBeLessThanOrEqual(frame);
          }
        }
        await log.whenDrained();
        expect(log.head - log.tail).toBeLessThanOrEqual(ringBytes);
        log.dispose();
      },
    ),
    fuzzing(60),
  );
  expect(compared).toBeGreaterThan(0);
});

function dataOf(records: ReturnType<typeof readAll>["records"]): string {
  return records.map((record) => (record.kind === "data" ? text(record.bytes) : "")).join("");
}

function marksOf(records: ReturnType<typeof readAll>["records"]) {
  return records.filter(({ kind }) => kind !== "data");
}

test("resizes and the exit are read at their byte", () => {
  const log = createLog();
  log.append(bytesOf("abc"));
  log.resize(30, 6);
  log.append(bytesOf("def"));
  log.exit({ exitCode: 3 });
  const { records } = readAll(log, 1, 100);
  expect(records.map((r) => (r.kind === "data" ? { ...r, bytes: text(r.bytes) } : r))).toEqual([
    { kind: "data", offset: 1, bytes: "bc" },
    { kind: "resize", offset: 3, cols: 30, rows: 6 },
    { kind: "data", offset: 3, bytes: "def" },
    { kind: "exit", offset: 6, exitCode: 3 },
  ]);
  expect(log.exited).toEqual({ exitCode: 3 });
  expect(() => log.append(bytesOf("x"))).toThrow("exited");
});

test("a cursor tells which records at its offset are behind it", () => {
  const log = createLog();
  log.append(bytesOf("abc"));
  const before = log.end();
  log.resize(30, 6);
  const between = log.end();
  log.resize(31, 6);
  expect(log.read(before, 10)?.records.length).toBe(2);
  expect(log.read(between, 10)?.records).toEqual([{ kind: "resize", offset: 3, cols: 31, rows: 6 }]);
  expect(log.read(log.end(), 10)?.records).toEqual([]);
});

test("of very many resizes without output only the last are kept, and every reader ends with the right size", () => {
  const log = createLog();
  const before = log.end();
  log.resize(30, 6);
  const early = log.end();
  for (let i = 0; i < 1_000; i++) log.resize(10 + (i % 7), 5);
  for (const cursor of [before, early]) {
    const records = log.read(cursor, 10)?.records ?? [];
    expect(records.length).toBeLessThanOrEqual(100);
    expect(records.at(-1)).toEqual({ kind: "resize", offset: 0, cols: log.cols, rows: log.rows });
  }
});

test("a delta is possible for what is kept, unless a resize lies in between", () => {
  const log = createLog();
  log.append(bytesOf("abc"));
  log.resize(30, 6);
  expect([log.canDelta(2), log.canDelta(3), log.canDelta(4)]).toEqual([false, true, false]);
  log.append(bytesOf("def"));
  expect([log.canDelta(2), log.canDelta(3), log.canDelta(6)]).toEqual([false, true, true]);
  expect(log.canDelta(7)).toBe(false);
});

test("frames are cut at characters", () => {
  const log = createLog();
  log.append(bytesOf("a漢字─“"));
  for (let frame = 4; frame < 12; frame++) {
    for (const record of readAll(log, 0, frame).records) {
      if (record.kind === "data") expect(text(record.bytes)).not.toContain("\ufffd");
    }
  }
});

test("what was evicted cannot be read, and at least the last 256 KiB can", async () => {
  const log = createLog({ cols: 80, rows: 24 });
  const line = bytesOf(`${"x".repeat(78)}\r\n`);
  for (let i = 0; i < 40_000; i++) {
    log.append(line);
    if (i % 1_000 === 0) await log.whenDrained();
  }
  await log.whenDrained();
  expect(log.head).toBe(40_000 * 80);
  expect(log.tail).toBeGreaterThan(0);
  expect(log.head - log.tail).toBeGreaterThanOrEqual(256 * 1024);
  expect(log.read(log.tail - 1, 100)).toBeUndefined();
  expect(log.canDelta(log.head - 256 * 1024)).toBe(true);
  expect(log.memoryBytes).toBeLessThan(1.2 * 1024 * 1024);
});

test("nothing is parsed while everything fits and nobody asks", () => {
  let made = 0;
  const log = createLog({
    createMirror: (start) => {
      made += 1;
      return createMirror(start);
    },
  });
  log.append(bytesOf("x".repeat(500_000)));
  expect(made).toBe(0);
});

test("the log is cut at places that stand alone", async () => {
  const log = createLog({ ringBytes: 4_096 });
  const item = "\x1b[38;2;10;20;30m漢\x1b]0;title\x07";
  for (let i = 0; i < 1_000; i++) log.append(bytesOf(item));
  await log.whenDrained();
  const rest = text(readBytes(log, log.tail));
  expect(["\x1b[", "漢", "\x1b]"].some((start) => rest.startsWith(start))).toBe(true);
  log.dispose();
});

function readBytes(log: ReturnType<typeof createLog>, from: number): Uint8Array {
  return Buffer.concat(
    readAll(log, from, 65_536).records.map((r) => (r.kind === "data" ? r.bytes : new Uint8Array())),
  );
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

test("without an emulator the snapshot is what is kept, from a reset on", async () => {
  const { createMirror: _, ...rest } = { epoch: "e", ...size, createMirror };
  const log = createTerminalLog({ ...rest, ringBytes: 100, deltaBytes: 50 });
  for (let i = 0; i < 100; i++) log.append(bytesOf(`row ${i}\r\n`));
  const snapshot = await log.snapshot(history);
  expect(snapshot.offset).toBe(log.head);
  const viewer = createTerminal(size);
  feed(viewer, "\x1b]0;dirty");
  feed(viewer, snapshot.data);
  expect(screenOf(viewer).slice(0, 4)).toEqual(["row 96", "row 97", "row 98", "row 99"]);
  expect(log.head - log.tail).toBeLessThanOrEqual(100);
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

test("many resizes count against the bound too", async () => {
  const log = createLog({ ringBytes: 4_096, deltaBytes: 256 });
  for (let i = 0; i < 500; i++) {
    log.append(bytesOf("x"));
    log.resize(20 + (i % 2), 5);
  }
  await log.whenDrained();
  expect(log.backlogBytes).toBe(0);
  expect(log.tail).toBeGreaterThan(400);
});

test("a log that is disposed rejects who waits for it", async () => {
  const log = createLog();
  log.append(bytesOf("x".repeat(1_000_000)));
  const waiting = log.snapshot(history);
  log.dispose();
  await expect(waiting).rejects.toThrow("disposed");
});
