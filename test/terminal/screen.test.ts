import xterm from "@xterm/headless";
import { expect, it } from "vitest";
import { createScreen } from "../../sdk/terminal/screen.ts";

const open = (cols: number, rows: number) => new xterm.Terminal({ cols, rows, allowProposedApi: true });
const at = (offset: number) => ({ epoch: "e1", offset });
const rowsOf = (terminal: InstanceType<typeof xterm.Terminal>): string[] =>
  Array.from({ length: terminal.buffer.active.length }, (_, y) =>
    (terminal.buffer.active.getLine(y)?.translateToString(true) ?? "").trimEnd(),
  ).filter((line) => line !== "");

it("a resize takes effect exactly between the bytes before and after it", async () => {
  const terminal = open(10, 6);
  await new Promise<void>((resolve) => {
    const screen = createScreen(terminal, Date.now, ({ offset }) => {
      if (offset === 2) resolve();
    });
    screen.write("0123456789AB\r\n", at(1));
    screen.resize(4, 6);
    screen.write("wxyz!", at(2));
  });

  const expected = open(10, 6);
  await new Promise<void>((resolve) => expected.write("0123456789AB\r\n", resolve));
  expected.resize(4, 6);
  await new Promise<void>((resolve) => expected.write("wxyz!", resolve));
  expect(rowsOf(terminal)).toEqual(rowsOf(expected));
});

it("tells how far the emulator has parsed, in order", async () => {
  const parsed: number[] = [];
  await new Promise<void>((resolve) => {
    const screen = createScreen(open(10, 3), Date.now, ({ offset }) => {
      parsed.push(offset);
      if (offset === 3) resolve();
    });
    screen.write("a", at(1));
    screen.write("b", at(2));
    screen.write("c", at(3));
  });
  expect(parsed).toEqual([1, 2, 3]);
});

it("is heard no more once disposed", async () => {
  const terminal = open(10, 3);
  let heard = 0;
  const screen = createScreen(terminal, Date.now, () => {
    heard += 1;
  });
  screen.write("a", at(1));
  screen.dispose();
  screen.write("b", at(2));
  await new Promise<void>((resolve) => terminal.write("", resolve));
  expect(heard).toBe(0);
  expect(rowsOf(terminal)).toEqual(["a"]);
});
