import xterm from "@xterm/xterm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { installEmulatorGuards } from "../../sdk/emulator/guards.ts";
import { swallowQueries } from "../../sdk/emulator/queries.ts";
import { exactSnapshot } from "../../sdk/emulator/snapshot.ts";
import { fuzzing } from "./fuzz-settings.ts";
import { dumpState, type Terminal } from "./state-dump.ts";
import { dirt, sizes, tokensWithoutLinks } from "./stream-grammar.ts";
import { createTerminal, differences, feed, type Size } from "./terminals.ts";
import { unwritableReason } from "./unwritable.ts";

/** The terminal that browsers have, not opened on a page: guarded, and silent to queries. */
function createBrowserTerminal({ cols, rows }: Size, scrollback = 1_000) {
  const browser = new xterm.Terminal({ cols, rows, scrollback, allowProposedApi: true, logLevel: "off" });
  installEmulatorGuards(browser);
  const { isAnswer } = swallowQueries(browser);
  // Both builds share the parts these tests look at.
  return { terminal: browser as unknown as Terminal, browser, isAnswer };
}

test("a snapshot of a mirror brings a browser's terminal to its state", () => {
  const scenario = fc.record({
    size: sizes,
    before: tokensWithoutLinks(50),
    after: tokensWithoutLinks(12),
    dirt,
  });
  fc.assert(
    fc.property(scenario, ({ size, before, after, dirt }) => {
      const source = createTerminal(size, 20);
      feed(source, before.join(""));
      fc.pre(unwritableReason(source) === undefined);
      const { terminal } = createBrowserTerminal(size, 20);
      feed(terminal, dirt);
      feed(terminal, exactSnapshot(source));
      expect(differences(dumpState(source), dumpState(terminal))).toEqual([]);
      for (const one of [source, terminal]) feed(one, after.join(""));
      expect(differences(dumpState(source), dumpState(terminal))).toEqual([]);
      source.dispose();
      terminal.dispose();
    }),
    fuzzing(150),
  );
});

test("a guarded browser's terminal outlives ED 1 in the last cell", async () => {
  const { browser } = createBrowserTerminal({ cols: 80, rows: 24 });
  await new Promise<void>((resolve) => browser.write("text\x1b[24;80H\x1b[1J\x1b[Hgoes on", resolve));
  expect(browser.buffer.active.getLine(0)?.translateToString(true)).toBe("goes on");
});

test("a browser's terminal answers no query and takes what is typed", async () => {
  const { browser, isAnswer } = createBrowserTerminal({ cols: 80, rows: 24 });
  const sent: string[] = [];
  browser.onData((data) => isAnswer(data) || sent.push(data));
  const queries = "\x1b[c\x1b[>c\x1b[6n\x1b[?25$p\x1bP$qm\x1b\\\x1b]11;?\x07\x1b]4;1;?;2;#fff\x07\x1b[?1004h";
  await new Promise<void>((resolve) => browser.write(queries, resolve));
  expect(sent).toEqual([]);
  browser.input("typed");
  expect(sent).toEqual(["typed"]);
});
