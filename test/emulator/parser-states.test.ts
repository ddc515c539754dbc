import fc from "fast-check";
import { expect, test } from "vitest";
import { createGroundTracker } from "../../sdk/emulator/ground-tracker.ts";
import { GROUND, NEXT_STATE, WIDE_CLASS } from "../../sdk/emulator/vt-states.ts";
import { isZeroWidth } from "../../sdk/emulator/zero-width.ts";
import { fuzzing } from "./fuzz-settings.ts";
import { coreOf, type Terminal } from "./state-dump.ts";
import { tokens } from "./stream-grammar.ts";
import { bytesOf, createTerminal, feed } from "./terminals.ts";

const size = { cols: 20, rows: 5 };

function stateOf(terminal: Terminal): number {
  return coreOf(terminal)._inputHandler._parser.currentState;
}

const controls = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 0x9f }), weight: 4 },
  { arbitrary: fc.constantFrom(0x1b, 0x1b, 0x5b, 0x5d, 0x50, 0x58, 0x3f, 0x30, 0x3b, 0x20), weight: 6 },
  { arbitrary: fc.constantFrom(0x90, 0x98, 0x9b, 0x9c, 0x9d, 0x9f), weight: 1 },
  { arbitrary: fc.constantFrom(0xa0, 0xe9, 0x2500, 0x6f22, 0xfeff, 0x1f600), weight: 1 },
);

test("the state table takes every character where the parser of xterm.js takes it", () => {
  fc.assert(
    fc.property(fc.array(controls, { maxLength: 80, size: "max" }), (codePoints) => {
      const terminal = createTerminal(size);
      let state = GROUND;
      for (const code of codePoints) {
        feed(terminal, String.fromCodePoint(code));
        if (code !== 0xfeff) state = NEXT_STATE[(state << 8) | Math.min(code, WIDE_CLASS)]!;
        expect(state, codePoints.map((c) => c.toString(16)).join(" ")).toBe(stateOf(terminal));
      }
      terminal.dispose();
    }),
    fuzzing(300),
  );
});

test("the ground tracker names the last offset where the parser is in its ground state, however it is fed", () => {
  fc.assert(
    fc.property(tokens(30), fc.integer({ min: 1, max: 9 }), (stream, step) => {
      const terminal = createTerminal(size);
      const bytes = bytesOf(stream.join(""));
      const tracker = createGroundTracker(100);
      let expected = 100;
      let fed = 0;
      for (const character of stream.join("")) {
        feed(terminal, character);
        fed += bytesOf(character).length;
        if (stateOf(terminal) === GROUND) expected = 100 + fed;
      }
      for (let at = 0; at < bytes.length; at += step) tracker.feed(bytes.subarray(at, at + step));
      expect(tracker.ground).toBe(expected);
      expect(tracker.offset).toBe(100 + bytes.length);
      terminal.dispose();
    }),
    fuzzing(200),
  );
});

test("the ground tracker stops before an open character", () => {
  const tracker = createGroundTracker();
  expect(tracker.feed(new Uint8Array([0x61, 0xe2, 0x80]))).toBe(1);
  expect(tracker.feed(new Uint8Array([0x9c]))).toBe(4);
});

test("every character that xterm.js gives no column counts as joining", () => {
  const terminal = createTerminal(size);
  const unicode = (terminal as unknown as { _core: { unicodeService: { wcwidth(c: number): number } } })._core
    .unicodeService;
  const missed: string[] = [];
  for (let code = 0xa0; code < 0x110000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    if (unicode.wcwidth(code) === 0 && !isZeroWidth(code)) missed.push(code.toString(16));
  }
  // A no-op in the decoder, so it joins nothing.
  expect(missed.filter((code) => code !== "feff")).toEqual([]);
  terminal.dispose();
});
