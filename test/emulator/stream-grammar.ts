import fc from "fast-check";

const ESC = "\x1b";
const CSI = "\x1b[";

const small = fc.oneof(
  { arbitrary: fc.constant(""), weight: 3 },
  { arbitrary: fc.integer({ min: 0, max: 12 }).map(String), weight: 8 },
  { arbitrary: fc.constantFrom("80", "999"), weight: 1 },
);
const letters = fc.constantFrom(..."abcdefgxyzABC0123 ._-|#@[]{}~`");
const words = fc.array(letters, { minLength: 1, maxLength: 14 }).map((chars) => chars.join(""));
const wide = fc.constantFrom("漢", "字", "한", "글", "😀", "é", "─", "│", "“", "ｗ");
const marks = fc.constantFrom("\u0301", "\u0308", "\u20dd", "\u200d", "e\u0301", "漢\u0301", "\ufe0f");
const controls = fc.constantFrom("\r", "\n", "\r\n", "\b", "\t", "\x0e", "\x0f", "\0", "\x0b", "\x7f");

const sgrParam = fc.oneof(
  fc.constantFrom(
    "0",
    "",
    "1",
    "2",
    "3",
    "4",
    "5",
    "7",
    "8",
    "9",
    "21",
    "22",
    "23",
    "24",
    "25",
    "27",
    "28",
    "29",
  ),
  fc.constantFrom(
    "39",
    "49",
    "53",
    "55",
    "59",
    "4:0",
    "4:2",
    "4:3",
    "4:5",
    "58:5:9",
    "58:2::1:2:3",
    "58;5;7",
  ),
  fc.integer({ min: 0, max: 7 }).chain((c) => fc.constantFrom(`3${c}`, `4${c}`, `9${c}`, `10${c}`)),
  fc.integer({ min: 0, max: 255 }).chain((c) => fc.constantFrom(`38;5;${c}`, `48;5;${c}`, `38;2;${c};1;255`)),
  fc.constantFrom("48;2;9;8;7", "48:2::1:1:1", "38:5:17"),
);
const sgr = fc.array(sgrParam, { minLength: 0, maxLength: 3 }).map((params) => `${CSI}${params.join(";")}m`);

const cursor = fc.tuple(small, fc.constantFrom(..."ABCDEFGHd`aef")).map(([n, final]) => `${CSI}${n}${final}`);
const position = fc.tuple(small, small).map(([y, x]) => `${CSI}${y};${x}H`);
const edits = fc.tuple(small, fc.constantFrom(..."@PXLMSTIZb")).map(([n, final]) => `${CSI}${n}${final}`);
const erasures = fc
  .tuple(fc.constantFrom("", "?"), fc.constantFrom("", "0", "1", "2"), fc.constantFrom("J", "K"))
  .map(([prefix, n, final]) => `${CSI}${prefix}${n}${final}`);
const margins = fc.tuple(small, small).map(([top, bottom]) => `${CSI}${top};${bottom}r`);
const columns = fc
  .tuple(small, fc.constantFrom(" @", " A", "'}", "'~"))
  .map(([n, final]) => `${CSI}${n}${final}`);
const privateModes = fc
  .tuple(
    fc.constantFrom(
      1,
      6,
      7,
      12,
      25,
      45,
      66,
      47,
      1047,
      1048,
      1049,
      9,
      1000,
      1002,
      1003,
      1004,
      1006,
      1016,
      2004,
      2026,
    ),
    fc.constantFrom("h", "l"),
  )
  .map(([mode, final]) => `${CSI}?${mode}${final}`);
const ansiModes = fc.constantFrom(`${CSI}4h`, `${CSI}4l`, `${CSI}20h`, `${CSI}20l`);
const escapes = fc.constantFrom(
  ...["7", "8", "D", "E", "H", "M", "=", ">", "n", "o", "|", "}", "~", "#8", "%G"].map(
    (final) => ESC + final,
  ),
);
const saves = fc.constantFrom(`${ESC}7`, `${ESC}8`, `${CSI}s`, `${CSI}u`);
const charsets = fc
  .tuple(fc.constantFrom("(", ")", "*", "+", "-", "."), fc.constantFrom(..."0AB4CRQKYEZH="))
  .map(([slot, final]) => ESC + slot + final);
const resets = fc.constantFrom(`${ESC}c`, `${CSI}!p`, `${CSI}3J`, `${CSI}?2h`);
const tabs = fc.constantFrom(`${CSI}g`, `${CSI}3g`, `${ESC}H`, "\t");
const cursorStyles = fc.integer({ min: 0, max: 8 }).map((n) => `${CSI}${n} q`);
const protection = fc.constantFrom(`${CSI}1"q`, `${CSI}0"q`);
const titles = fc
  .tuple(fc.constantFrom("0", "1", "2"), words, fc.constantFrom("\x07", `${ESC}\\`, "\x18"))
  .map(([code, title, end]) => `${ESC}]${code};${title}${end}`);
const links = fc.constantFrom(
  `${ESC}]8;;http://a.example/${ESC}\\`,
  `${ESC}]8;id=7;http://b.example/;x${ESC}\\`,
  `${ESC}]8;;${ESC}\\`,
  `${ESC}]8;;\x07`,
);
const colors = fc.constantFrom(
  `${ESC}]4;1;rgb:12/34/56${ESC}\\`,
  `${ESC}]4;7;#abcdef;200;rgb:1/2/3\x07`,
  `${ESC}]11;#102030\x07`,
  `${ESC}]10;#fff;#000\x07`,
  `${ESC}]104;1\x07`,
  `${ESC}]104\x07`,
  `${ESC}]111\x07`,
);
const strings = fc.constantFrom(
  `${ESC}P1$qm${ESC}\\`,
  `${ESC}_Gi=1${ESC}\\`,
  `${ESC}^pm${ESC}\\`,
  `${ESC}Xsos é${ESC}\\`,
  "\u0085",
  "\u009b1m",
  "\u009d0;c1\u009c",
);

const choices = [
  { arbitrary: words, weight: 30 },
  { arbitrary: wide, weight: 12 },
  { arbitrary: marks, weight: 4 },
  { arbitrary: controls, weight: 14 },
  { arbitrary: sgr, weight: 16 },
  { arbitrary: cursor, weight: 6 },
  { arbitrary: position, weight: 10 },
  { arbitrary: edits, weight: 8 },
  { arbitrary: erasures, weight: 6 },
  { arbitrary: margins, weight: 3 },
  { arbitrary: columns, weight: 1 },
  { arbitrary: privateModes, weight: 10 },
  { arbitrary: ansiModes, weight: 2 },
  { arbitrary: escapes, weight: 6 },
  { arbitrary: saves, weight: 4 },
  { arbitrary: charsets, weight: 3 },
  { arbitrary: resets, weight: 1 },
  { arbitrary: tabs, weight: 2 },
  { arbitrary: cursorStyles, weight: 1 },
  { arbitrary: protection, weight: 1 },
  { arbitrary: titles, weight: 2 },
  { arbitrary: colors, weight: 1 },
  { arbitrary: strings, weight: 2 },
];
const linkChoice = { arbitrary: links, weight: 3 };

/** What a program may print: text, sequences and strings, complete ones. */
export const tokens = (maxLength: number) =>
  fc.array(fc.oneof(...choices, linkChoice), { minLength: 1, maxLength, size: "max" });

/** The same without OSC 8: which line a link is forgotten with no sequence can say. */
export const tokensWithoutLinks = (maxLength: number) =>
  fc.array(fc.oneof(...choices), { minLength: 1, maxLength, size: "max" });

export const sizes = fc.record({
  cols: fc.integer({ min: 2, max: 14 }),
  rows: fc.integer({ min: 1, max: 7 }),
});

/** States a viewer's terminal may be in when a snapshot reaches it. */
export const dirt = fc
  .tuple(
    tokens(12),
    fc.constantFrom(
      "",
      `${ESC}]0;unfinished`,
      `${ESC}[12;`,
      ESC,
      `${ESC}P$q`,
      `${ESC}_apc`,
      `${ESC}[?25l${ESC}[?1049h`,
      `${ESC}[20h${ESC}[4h${ESC}[?7l`,
      `${ESC}[2;3r${ESC}[?6h${ESC}(0\x0e${ESC})0`,
    ),
  )
  .map(([before, after]) => before.join("") + after);
