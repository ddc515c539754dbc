import fc from "fast-check";
import { expect, test } from "vitest";
import { installEmulatorGuards } from "../../sdk/emulator/guards.ts";
import { createSanitizer } from "../../sdk/emulator/sanitizer.ts";
import { fuzzing } from "./fuzz-settings.ts";
import { coreOf, type Terminal } from "./state-dump.ts";
import { sizes, tokens } from "./stream-grammar.ts";
import { createBareTerminal, createTerminal, feed, type Size, screenOf } from "./terminals.ts";

const size = { cols: 80, rows: 24 };
const eraseAboveInLastCell = "text\x1b[24;80H\x1b[1J";

/** Sequences that the emulator does once per count, and others that are slow or odd in large numbers. */
const hostile = fc
  .array(
    fc.oneof(
      { arbitrary: tokens(3).map((list) => list.join("")), weight: 6 },
      {
        arbitrary: fc
          .tuple(fc.constantFrom("2147483647", "99999", "9999", ""), fc.constantFrom(..."STLMIZb@PXABCDHJK"))
          .map(([count, final]) => `\x1b[${count}${final}`),
        weight: 4,
      },
      {
        arbitrary: fc.constantFrom("\x1b[24;80H\x1b[1J", "\x1b[999;999H\x1b[?1J", "\x1b[999;999H"),
        weight: 2,
      },
      { arbitrary: fc.constantFrom("\x1b]0;", "\x1bP$q", "\x1b_", "\x1b[", "\x1b", "\u009b"), weight: 1 },
      { arbitrary: fc.constantFrom("\u0301".repeat(200), "x".repeat(300), "漢".repeat(40)), weight: 1 },
    ),
    { maxLength: 40, size: "max" },
  )
  .map((list) => list.join(""));

const noise = fc.uint8Array({ maxLength: 3_000, size: "max" });

function bufferIsWhole(terminal: Terminal): boolean {
  const { buffers, rows } = coreOf(terminal)._bufferService;
  const { active } = buffers;
  return active.ybase + rows <= active.lines.length && active.y < rows;
}

test("xterm.js 6.0.0 throws on ED 1 in the last cell, which the guard turns into erasing the screen", () => {
  expect(() => feed(createBareTerminal(size), eraseAboveInLastCell)).toThrow("isWrapped");
  const guarded = createTerminal(size);
  feed(guarded, eraseAboveInLastCell);
  expect(screenOf(guarded).join("")).toBe("");
  expect(guarded.buffer.active.cursorX).toBe(79);
  feed(guarded, "\x1b[Hgoes on");
  expect(screenOf(guarded)[0]).toBe("goes on");
});

test("the guard of ED 1 leaves protected cells alone when the sequence does, and other cells everywhere else", () => {
  const guarded = createTerminal(size);
  feed(guarded, '\x1b[1"qkept\x1b[0"q gone\x1b[24;80H\x1b[?1J');
  expect(screenOf(guarded)[0]).toBe("kept");
  const elsewhere = [createTerminal(size), createBareTerminal(size)];
  for (const terminal of elsewhere) feed(terminal, "one\r\ntwo\r\nthree\x1b[2;2H\x1b[1J");
  expect(screenOf(elsewhere[0]!)).toEqual(screenOf(elsewhere[1]!));
});

test("a viewer without the private side keeps its screen and does not throw", () => {
  const registered = new Map<string, (params: (number | number[])[]) => boolean>();
  const nothing = { dispose: () => undefined };
  installEmulatorGuards({
    ...size,
    parser: {
      registerCsiHandler: (id, callback) => {
        registered.set(`${id.prefix ?? ""}${id.final}`, callback);
        return nothing;
      },
      registerDcsHandler: () => nothing,
      registerEscHandler: () => nothing,
      registerOscHandler: () => nothing,
    },
    buffer: { active: { type: "normal", cursorX: 79, cursorY: 23 }, onBufferChange: () => nothing },
    onLineFeed: () => nothing,
    onResize: () => nothing,
  });
  expect(registered.get("J")?.([1])).toBe(true);
  expect(registered.get("J")?.([2])).toBe(false);
});

test("hostile streams, made harmless, neither throw nor hang in a guarded terminal", () => {
  fc.assert(
    fc.property(fc.array(sizes, { minLength: 1, maxLength: 3 }), hostile, noise, (steps, stream, bytes) => {
      const terminal = createTerminal(steps[0]!, 5);
      const sanitizer = createSanitizer(steps[0]!);
      const feedClean = (data: Uint8Array) => feed(terminal, sanitizer.push(data));
      for (const step of steps as Size[]) {
        terminal.resize(step.cols, step.rows);
        sanitizer.resize(step.cols, step.rows);
        feedClean(Buffer.from(stream));
        feedClean(bytes);
        expect(bufferIsWhole(terminal)).toBe(true);
      }
      feed(terminal, sanitizer.flush());
      feed(terminal, "\x18\x1bcok");
      expect(screenOf(terminal)[0]).toBe("ok");
      terminal.dispose();
    }),
    fuzzing(150),
  );
});

test("counts that no sanitiser saw are swallowed", () => {
  const guarded = createTerminal(size);
  feed(guarded, "text\x1b[2147483647S\x1b[2147483647T\x1b[2147483647b\x1b[2147483647I");
  expect(screenOf(guarded)[0]).toBe("text");
});

test("reflowing a full buffer to fewer columns keeps the screen on lines there are", () => {
  for (const make of [createBareTerminal, createTerminal]) {
    const terminal = make({ cols: 4, rows: 3 }, 0);
    feed(terminal, "aaaaaaa\x0ba");
    terminal.resize(2, 4);
    feed(terminal, "\x1b[?1h");
    terminal.resize(2, 5);
    const print = () => feed(terminal, "aa");
    if (make === createBareTerminal) expect(print).toThrow();
    else expect(print).not.toThrow();
  }
});

test("a resize leaves nothing beyond the edge of the alternate screen", () => {
  const terminal = createTerminal({ cols: 12, rows: 3 });
  feed(terminal, "\x1b[?1049h0123456789ab\x1b[2;1H12345漢");
  terminal.resize(6, 3);
  feed(terminal, "\x1b[H\x1b[2P");
  expect(screenOf(terminal).slice(0, 2)).toEqual(["2345", "12345"]);
});

test("open links are bounded, and come back with lines", () => {
  const terminal = createTerminal(size);
  const links = () =>
    (coreOf(terminal)._oscLinkService as unknown as { _dataByLinkId: Map<number, unknown> })._dataByLinkId
      .size;
  const open = (count: number) => feed(terminal, "\x1b]8;;http://example.com/\x1b\\x\r".repeat(count));
  open(20_000);
  expect(links()).toBe(4_096);
  feed(terminal, "\n".repeat(10));
  open(1_000);
  expect(links()).toBe(4_096 + 80);
  feed(terminal, "\x1b[2K");
  open(1);
  // The one before is closed, so that what follows does not lead where it did.
  expect(coreOf(terminal)._inputHandler._curAttrData.extended._urlId).toBe(0);
  feed(terminal, "\x1b[?1049h");
  open(3);
  expect(links()).toBe(4_096 + 83);
});

test("disposed guards are gone", () => {
  const terminal = createBareTerminal(size);
  installEmulatorGuards(terminal).dispose();
  expect(() => feed(terminal, eraseAboveInLastCell)).toThrow();
});
