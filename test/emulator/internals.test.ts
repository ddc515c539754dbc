import { expect, test } from "vitest";
import { designate } from "../../sdk/emulator/charsets.ts";
import { internalsOf } from "../../sdk/emulator/internals.ts";
import { exactSnapshot } from "../../sdk/emulator/snapshot.ts";
import { createTerminal, feed } from "./terminals.ts";

test("a terminal of another shape is refused with what does not fit", () => {
  expect(() => exactSnapshot({})).toThrow("_core._inputHandler._curAttrData.fg is undefined, not number");
  expect(() => internalsOf({ _core: { _inputHandler: null } })).toThrow("Pin @xterm/headless to 6.0.0");
});

test("every character set of xterm.js is told from the others", () => {
  const terminal = createTerminal({ cols: 80, rows: 24 });
  const { _charsetService } = internalsOf(terminal);
  for (const [final, same] of [..."0AB4CRQKYEZH="]
    .map((f) => [f, f])
    .concat([
      ["5", "C"],
      ["6", "E"],
      ["7", "H"],
    ])) {
    feed(terminal, `\x1b(${final}`);
    expect(designate(_charsetService.charset)).toBe(`\x1b(${same}`);
  }
});
