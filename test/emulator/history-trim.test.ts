import fc from "fast-check";
import { expect, test } from "vitest";
import { trimHistory, widenHistory } from "../../sdk/emulator/history-trim.ts";
import { internalsOf } from "../../sdk/emulator/internals.ts";
import { exactSnapshot } from "../../sdk/emulator/snapshot.ts";
import { FUZZ_MS, fuzzing } from "./fuzz-settings.ts";
import { dumpState } from "./state-dump.ts";
import { sizes, tokensWithoutLinks } from "./stream-grammar.ts";
import { createTerminal, differences, feed } from "./terminals.ts";

type Terminal = ReturnType<typeof createTerminal>;

const SCROLLBACK = 30;
const trim = (terminal: Terminal): void =>
  trimHistory(internalsOf(terminal)._bufferService.buffers.normal, terminal.cols);
const widen = (terminal: Terminal): void =>
  widenHistory(internalsOf(terminal)._bufferService.buffers.normal, terminal.cols);
const cellsOf = (terminal: Terminal): number => {
  const { lines } = internalsOf(terminal)._bufferService.buffers.normal;
  let words = 0;
  for (let y = 0; y < lines.length; y += 1) words += lines.get(y)?._data.length ?? 0;
  return words / 3;
};

test("a history of short lines takes no more than what is printed on them, and the screen all of its cells", () => {
  const terminal = createTerminal({ cols: 100, rows: 4 }, SCROLLBACK);
  feed(terminal, "ten cells.\r\n".repeat(60));
  trim(terminal);
  expect(cellsOf(terminal)).toBe(SCROLLBACK * 10 + 4 * 100);
  feed(terminal, "ten cells.\r\n".repeat(60));
  expect(cellsOf(terminal)).toBe((SCROLLBACK + 4) * 100);
});

test("a line that only looks blank keeps its cells", () => {
  const terminal = createTerminal({ cols: 40, rows: 2 }, SCROLLBACK);
  feed(terminal, `spaces${" ".repeat(34)}\r\n\x1b[41m\x1b[2K\x1b[m\r\n\r\n\r\n`);
  const before = dumpState(terminal);
  trim(terminal);
  expect(cellsOf(terminal)).toBe(4 * 40);
  widen(terminal);
  expect(differences(before, dumpState(terminal))).toEqual([]);
});

test(
  "lines that were trimmed snapshot, scroll, clear and resize as if they were not",
  () => {
    const steps = fc.array(
      fc.oneof(
        { arbitrary: tokensWithoutLinks(8).map((list) => `${list.join("")}\r\n`), weight: 6 },
        {
          arbitrary: fc.constantFrom("\r\n".repeat(9), "\x1b[3J", "\x1bc", "\x1b[?1049h", "\x1b[?1049l"),
          weight: 2,
        },
        { arbitrary: sizes, weight: 1 },
      ),
      { maxLength: 25, size: "max" },
    );
    fc.assert(
      fc.property(sizes, steps, (size, list) => {
        const [plain, trimmed] = [createTerminal(size, SCROLLBACK), createTerminal(size, SCROLLBACK)];
        for (const step of list) {
          if (typeof step === "string") for (const terminal of [plain, trimmed]) feed(terminal, step);
          else {
            plain.resize(step.cols, step.rows);
            widen(trimmed);
            trimmed.resize(step.cols, step.rows);
          }
          trim(trimmed);
          expect(exactSnapshot(trimmed)).toBe(exactSnapshot(plain));
        }
        widen(trimmed);
        expect(differences(dumpState(plain), dumpState(trimmed))).toEqual([]);
      }),
      fuzzing(300),
    );
  },
  FUZZ_MS,
);
