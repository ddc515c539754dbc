import { expect, it } from "vitest";
import { createScreen, type Screen } from "../../sdk/terminal/screen.ts";
import { seed } from "../emulator/fuzz-settings.ts";
import type { Terminal } from "../emulator/state-dump.ts";
import { bytesOf, createBareTerminal, randomFrom, screenOf, written } from "../emulator/terminals.ts";

interface Shown {
  readonly terminal: Terminal;
  readonly screen: Screen;
  readonly parsed: number[];
  readonly given: number[];
}

function open(cols: number, rows: number): Shown {
  const terminal = createBareTerminal({ cols, rows });
  const parsed: number[] = [];
  const given: number[] = [];
  const write = terminal.write.bind(terminal);
  terminal.write = (data, callback) => {
    given.push(data.length);
    write(data, callback);
  };
  const screen = createScreen({
    terminal,
    onParsed: ({ offset }) => parsed.push(offset),
    onError: (error) => {
      throw error;
    },
  });
  return { terminal, screen, parsed, given };
}

const at = (offset: number) => ({ epoch: "e", offset });
const rowsOf = (terminal: Terminal): string[] => screenOf(terminal).filter((line) => line !== "");

it("a resize takes effect exactly between the bytes before and after it", async () => {
  const { terminal, screen } = open(10, 6);
  screen.write(bytesOf("0123456789AB\r\n"), at(14));
  screen.resize(4, 6);
  screen.write(bytesOf("wxyz!"), at(19));
  await written(terminal, "");
  await written(terminal, "");

  const { terminal: expected } = open(10, 6);
  await written(expected, "0123456789AB\r\n");
  expected.resize(4, 6);
  await written(expected, "wxyz!");
  expect(rowsOf(terminal)).toEqual(rowsOf(expected));
});

it("tells how far the emulator has parsed, in order", async () => {
  const { terminal, screen, parsed } = open(10, 3);
  for (const offset of [1, 2, 3]) screen.write(bytesOf("a"), at(offset));
  await written(terminal, "");
  expect(parsed).toEqual([1, 2, 3]);
});

it("feeds much in pieces, told one by one, and a snapshot as one place", async () => {
  const { terminal, screen, parsed, given } = open(80, 24);
  screen.write(bytesOf("x".repeat(10_000)), at(60_000));
  await written(terminal, "");
  expect(given.slice(0, -1)).toEqual([4_096, 4_096, 1_808]);
  expect(parsed).toEqual([54_096, 58_192, 60_000]);
  screen.restore(bytesOf(`\x1bc${"y".repeat(10_000)}`), at(70));
  await written(terminal, "");
  expect(parsed.slice(3)).toEqual([70]);
});

it("never cuts inside a character, wherever the network and the pieces do", async () => {
  console.log(`SEED=${seed}`);
  const random = randomFrom(seed);
  // Each has a second or third byte of 0x80: what xterm.js 6.0.0 loses when it is cut there.
  const characters = ["‘", "─", "\u{1f000}", "é", "漢", "a"];
  const text = Array.from({ length: 12_000 }, () => characters[Math.floor(random() * 6)]).join("");
  const bytes = bytesOf(text);
  const { terminal, screen, parsed } = open(120, 40);
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, from + 1 + Math.floor(random() * 9_000));
    screen.write(bytes.subarray(from, to), at(to));
    from = to;
  }
  await written(terminal, "");
  const { terminal: expected } = open(120, 40);
  await written(expected, text);
  expect(rowsOf(terminal)).toEqual(rowsOf(expected));
  expect(parsed.at(-1)).toBe(bytes.length);
  expect(parsed).toEqual([...parsed].sort((a, b) => a - b));
});

it("forgets half a character when a snapshot comes", async () => {
  const { terminal, screen } = open(10, 3);
  screen.write(bytesOf("─").subarray(0, 2), at(2));
  screen.restore(bytesOf("\x1bcok"), at(9));
  await written(terminal, "");
  expect(rowsOf(terminal)).toEqual(["ok"]);
});

it("is heard no more once disposed", async () => {
  const { terminal, screen, parsed } = open(10, 3);
  screen.write(bytesOf("a"), at(1));
  screen.dispose();
  screen.write(bytesOf("b"), at(2));
  await written(terminal, "");
  expect(parsed).toEqual([]);
  expect(rowsOf(terminal)).toEqual(["a"]);
});

it("keeps what comes after a state that is being unpacked until it is there, whatever that is", async () => {
  const { terminal, screen, parsed } = open(10, 6);
  const unpacking = [Promise.withResolvers<Uint8Array>(), Promise.withResolvers<Uint8Array>()] as const;
  screen.write(bytesOf("gone"), at(4));
  screen.restore(unpacking[0].promise, at(9));
  screen.write(bytesOf("after first"), at(20));
  screen.resize(5, 6);
  screen.restore(unpacking[1].promise, at(30));
  screen.resize(6, 4);
  screen.write(bytesOf("last"), at(34));
  expect(screen.isSized(6, 4)).toBe(true);
  unpacking[1].resolve(bytesOf("\x1bcsecond "));
  await written(terminal, "");
  expect([rowsOf(terminal), parsed, screen.unparsed]).toEqual([["gone"], [4], 1]);
  unpacking[0].resolve(bytesOf("\x1bcfirst "));
  await expect.poll(() => screen.unparsed, { timeout: 10_000 }).toBe(0);
  expect([terminal.cols, terminal.rows]).toEqual([6, 4]);
  expect(rowsOf(terminal)).toEqual(["secon", "d last"]);
  expect(parsed).toEqual([4, 9, 20, 30, 34]);
});

it("takes nothing that is unpacked only after it started over", async () => {
  const { terminal, screen } = open(10, 3);
  const late = Promise.withResolvers<Uint8Array>();
  screen.restore(late.promise, at(9));
  expect([screen.unparsed, screen.startOver(), screen.unparsed]).toEqual([1, true, 0]);
  screen.restore(bytesOf("\x1bcnew"), at(12));
  late.resolve(bytesOf("\x1bcold"));
  await late.promise;
  await written(terminal, "");
  expect(rowsOf(terminal)).toEqual(["new"]);
});
