import { expect, test } from "vitest";
import { internalsOf } from "../../sdk/emulator/internals.ts";
import { exactSnapshot } from "../../sdk/emulator/snapshot.ts";
import { dumpState } from "./state-dump.ts";
import { createTerminal, differences, feed, screenOf } from "./terminals.ts";

interface Case {
  readonly what: string;
  readonly cols?: number;
  readonly rows?: number;
  readonly scrollback?: number;
  readonly before: string;
  readonly after?: string;
}

const CSI = "\x1b[";
const link = "\x1b]8;;http://a.example/\x1b\\";

/** States that a snapshot once got wrong, here or in other ways of restoring a terminal. */
const cases: readonly Case[] = [
  { what: "a hidden cursor", before: `${CSI}?25l` },
  { what: "a full last line, the wrap still pending", cols: 5, rows: 2, before: "12345", after: "6" },
  {
    what: "a wrap pending in another look than the pen's",
    cols: 3,
    before: `${CSI}1mabc${CSI}m`,
    after: "d\u0301",
  },
  { what: "a wrap pending over an erased cell", cols: 4, before: `abcd${CSI}2K`, after: "e" },
  {
    what: "a wrap pending over the alternate screen just entered",
    cols: 4,
    before: `abcd${CSI}?1047h`,
    after: "e",
  },
  {
    what: "a wrap pending over a coloured blank row of the alternate screen",
    cols: 4,
    before: `${CSI}?1049h${CSI}3Habcd${CSI}44m${CSI}2K${CSI}31;4m${CSI}4h`,
    after: "ef",
  },
  {
    what: "a cursor that a mark pushed past the margin of a blank alternate screen",
    cols: 2,
    rows: 1,
    scrollback: 0,
    before: `aa${CSI}?1047h\u0301`,
  },
  {
    what: "a cursor pushed past the margin by marks",
    cols: 3,
    before: "abc\0\u0301\u0301\u0301",
    after: "\nx",
  },
  { what: "a character that a mark still joins", before: "e", after: "\u0301" },
  { what: "a character that may be repeated", before: `${CSI}4habc${CSI}D${CSI}Cx`, after: `${CSI}3b` },
  { what: "nothing that a mark could join", before: `{Cy# z#~│${CSI}m`, after: "\u0301" },
  {
    what: "runs of one character, wide ones and up to the edge",
    cols: 14,
    before: `\u2500${"\u2500".repeat(13)}${"漢".repeat(7)}ab${"=".repeat(9)}c`,
  },
  { what: "runs in rows that go on", cols: 9, before: "=".repeat(30) },
  { what: "the same letter with a mark again and again", before: "e\u0301".repeat(9) },
  { what: "a mark alone in its cell", before: `ab${CSI}C\u0301c` },
  { what: "blank rows with a background", before: `${CSI}44m${CSI}2J${CSI}3;3Hx` },
  {
    what: "margins, origin and a cursor outside them",
    before: `${CSI}2;4r${CSI}?6h${CSI}?1049h${CSI}5;5H${CSI}?1047l`,
  },
  {
    what: "character sets, shifts and the set that DECRC brought back",
    before: "\x1b(0\x1b7\x1b(B\x1b8",
    after: "qx",
  },
  { what: "a character set with a letter for a bracket", before: "\x1b+4\x1bo", after: "[]{}" },
  { what: "the pen that DECRC mixed", before: `${CSI}4:3m\x1b7${CSI}m\x1b8`, after: `a${CSI}1mb` },
  { what: "an underline colour without an underline", before: `${CSI}58:2::1:2:3m`, after: `${CSI}4mx` },
  { what: "a saved cursor with a link's flag", before: `${link}\x1b7\x1b]8;;\x1b\\`, after: "\x1b8x" },
  { what: "a saved cursor past the margin", cols: 4, before: "abcd\x1b7", after: `${CSI}H\x1b8e` },
  {
    what: "a saved cursor below a cleared history",
    rows: 3,
    before: `${"\n".repeat(9)}\x1b7${CSI}H${CSI}2J${CSI}3J`,
  },
  {
    what: "the saved cursor of the screen that is not shown",
    before: `${CSI}?1049h${CSI}3;4H\x1b7${CSI}?1047l`,
  },
  { what: "protected cells", before: `${CSI}1"qkept${CSI}0"qgone`, after: `${CSI}?2K` },
  { what: "tab stops", before: `${CSI}3g${CSI}5G\x1bH${CSI}9G\x1bH\r`, after: "\tx\ty\tz" },
  { what: "titles, kept by a reset", before: "\x1b]1;icon\x07\x1b]2;title\x07" },
  { what: "line feed mode, kept by a reset", before: `${CSI}20h`, after: "a\nb" },
  { what: "the mouse's encoding and protocol", before: `${CSI}?1002h${CSI}?1006h` },
  { what: "a cursor style and its blinking alone", before: `${CSI}7 q` },
  { what: "keypad, paste, focus and reverse wraparound", before: `\x1b=${CSI}?2004h${CSI}?1004h${CSI}?45h` },
  { what: "synchronised output that has begun", before: `${CSI}?2026hx` },
  {
    what: "a first line that is the rest of another",
    cols: 4,
    rows: 2,
    scrollback: 0,
    before: "abcdefghijkl",
  },
  { what: "one row, wrapped", cols: 4, rows: 1, before: "abcdefghij" },
  { what: "a wide character that did not fit its row", cols: 5, before: "abcd漢字" },
  { what: "half a wide character printed over", before: `漢字${CSI}2G${CSI}7mx` },
  {
    what: "half of one in the last column, after a wrapped row",
    cols: 5,
    before: `${CSI}30m~@1{\`#~}0한${CSI}2K`,
  },
  { what: "a wide character without room or wraparound", cols: 4, before: `${CSI}?7labc字`, after: "\u0301" },
  {
    what: "one printed over at the edge without wraparound",
    cols: 4,
    before: `${CSI}?7l${CSI}80C\b글“${CSI}m`,
  },
  {
    what: "a link over two rows and in two colours",
    cols: 6,
    before: `a${link}bcd${CSI}31mefgh\x1b]8;;\x1b\\i`,
  },
  { what: "a link that is open but prints nothing yet", before: link, after: "x" },
  { what: "a forgotten link", rows: 3, before: `${link}x\r${CSI}3Sy`, after: "z" },
  {
    what: "the alternate screen above a scrolled one",
    rows: 3,
    before: `1\n2\n3\n4\r${CSI}?1049hfull${CSI}2;2H`,
  },
  { what: "an unfinished title", before: "\x1b]2;half", after: " more\x07x" },
  { what: "an unfinished sequence with sub-parameters", before: `${CSI}0;4:`, after: "3mx" },
  { what: "an unfinished private sequence", before: `${CSI}?2004;25`, after: "l" },
  { what: "an unfinished status request", before: "\x1bP$q", after: "m\x1b\\x" },
  { what: "an unfinished application string", before: "\x1b_Ga=1", after: "rest\x1b\\x" },
  { what: "an unfinished designation", before: "\x1b(", after: "0q" },
  { what: "a repetition whose count has begun", before: `ab${CSI}3`, after: "b" },
];

test.each(cases)("a snapshot keeps $what", ({ cols = 12, rows = 5, scrollback = 20, before, after = "" }) => {
  const source = createTerminal({ cols, rows }, scrollback);
  feed(source, before);
  const viewer = createTerminal({ cols, rows }, scrollback);
  feed(
    viewer,
    `dirt${CSI}?1049h${CSI}?25l${CSI}4h${CSI}?7l${CSI}20h\x1b(0${CSI}3g\x1b]2;dirty title\x07\x1b]0;unfinished`,
  );
  feed(viewer, exactSnapshot(source));
  expect(differences(dumpState(source), dumpState(viewer))).toEqual([]);
  feed(source, after);
  feed(viewer, after);
  expect(differences(dumpState(source), dumpState(viewer))).toEqual([]);
});

test("a snapshot keeps that the cursor is drawn without focus, as it is after a full-screen program", () => {
  const isDrawn = (before: string): unknown => {
    const source = createTerminal({ cols: 12, rows: 5 });
    feed(source, before);
    const viewer = createTerminal({ cols: 12, rows: 5 });
    feed(viewer, exactSnapshot(source));
    return internalsOf(viewer).coreService.isCursorInitialized;
  };
  expect(isDrawn("a shell")).toBe(false);
  expect(isDrawn(`${CSI}?1049hvim${CSI}?1049l`)).toBe(true);
  expect(isDrawn(`${CSI}?1049hvim`)).toBe(true);
});

test("a snapshot works behind writes that are still queued", async () => {
  const source = createTerminal({ cols: 20, rows: 3 });
  feed(source, "SNAPSHOT");
  const viewer = createTerminal({ cols: 20, rows: 3 });
  viewer.write("OLD DATA \x1b[?1049h");
  await new Promise<void>((resolve) => viewer.write(exactSnapshot(source), resolve));
  expect(screenOf(viewer)[0]).toBe("SNAPSHOT");
});

test("a snapshot of a screen is small, and of a thousand lines too", () => {
  const source = createTerminal({ cols: 120, rows: 40 });
  for (let i = 0; i < 1_040; i++) {
    feed(source, `\r\n\x1b[01;34mdrwxr-xr-x\x1b[0m 1 user group ${i * 37} file-${i}.txt \x1b[32mok\x1b[0m`);
  }
  expect(exactSnapshot(source, { historyLines: 0 }).length).toBeLessThan(5 * 1024);
  expect(exactSnapshot(source, { historyLines: 1_000 }).length).toBeLessThan(100 * 1024);
});
