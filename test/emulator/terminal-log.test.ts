import { deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMirror } from "../../sdk/emulator/mirror.ts";
import { createTerminalLog, type TerminalLogOptions } from "../../sdk/emulator/terminal-log.ts";
import { fuzzing } from "./fuzz-settings.ts";
import { dumpState } from "./state-dump.ts";
import { sizes, tokensWithoutLinks } from "./stream-grammar.ts";
import { createModelLog, readAll, readBytes, terminalOf } from "./terminal-log-model.ts";
import { bytesOf, createTerminal, differences, feed } from "./terminals.ts";
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

test("what a flood left to be parsed is parsed once output has stopped, if an emulator is awake", async () => {
  let parsed = 0;
  const log = createLog({
    ringBytes: 128 * 1024,
    createMirror(start) {
      const mirror = createMirror(start);
      const write = (bytes: Uint8Array) => {
        parsed += bytes.length;
        return mirror.write(bytes);
      };
      return Object.assign(Object.create(mirror) as typeof mirror, { write });
    },
  });
  log.append(bytesOf("a line that fits\r\n".repeat(5_000)));
  await log.settle();
  expect(parsed).toBe(0);
  log.append(bytesOf("a line of a flood\r\n".repeat(20_000)));
  await log.whenDrained();
  await log.settle();
  const settled = parsed;
  expect(settled).toBeGreaterThan(10_000);
  await log.snapshot(history);
  expect(parsed).toBe(settled);
  log.append(bytesOf("little more\r\n"));
  await log.settle();
  expect(parsed).toBe(settled);
  log.dispose();
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

test("without an emulator a log keeps its newest records, and has no snapshot", async () => {
  const log = createTerminalLog({ epoch: "e", ...size, ringBytes: 100, deltaBytes: 50 });
  for (let i = 0; i < 100; i++) log.append(bytesOf(`row ${i}\r\n`));
  expect(log.head - log.tail).toBeLessThanOrEqual(100);
  expect(text(readBytes(log, log.tail))).toMatch(/row 98\r\nrow 99\r\n$/);
  await expect(log.snapshot(history)).rejects.toThrow("no emulator");
  await log.hibernate();
  expect(log.isHibernated).toBe(true);
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
