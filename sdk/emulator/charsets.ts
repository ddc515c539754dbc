import { ESC } from "./controls.ts";
import type { Charset, Internals } from "./internals.ts";

/** Designating final bytes of the sets xterm.js knows, by what each makes of `@`, `[` and a backtick. */
const FINALS: Readonly<Record<string, string>> = {
  "@[◆": "0",
  "@[`": "A",
  "¾ij`": "4",
  "@Äé": "C",
  "à°`": "R",
  àâô: "Q",
  "§Ä`": "K",
  "§°ù": "Y",
  ÄÆä: "E",
  "§¡`": "Z",
  ÉÄé: "H",
  àéô: "=",
};
const ASCII = "B";
const SLOTS = "()*+";
const SHIFTS = ["\x0f", "\x0e", `${ESC}n`, `${ESC}o`];

function finalOf(charset: Charset | undefined): string {
  if (!charset) return ASCII;
  return FINALS[`${charset["@"] ?? "@"}${charset["["] ?? "["}${charset["`"] ?? "`"}`] ?? ASCII;
}

/** Designates `charset` as G0. */
export function designate(charset: Charset | undefined): string {
  return `${ESC}(${finalOf(charset)}`;
}

/** G0–G3 and the shift, from the state after a reset. */
export function writeCharsets({ _charsets, glevel }: Internals["_charsetService"]): string {
  let out = "";
  for (let slot = 0; slot < SLOTS.length; slot++) {
    const final = finalOf(_charsets[slot]);
    if (final !== ASCII) out += `${ESC}${SLOTS[slot]}${final}`;
  }
  return glevel === 0 ? out : out + shift(glevel);
}

/** Selects G`level` for printing, and with it the set that is designated there. */
export function shift(level: number): string {
  return SHIFTS[level] ?? "";
}

/** Whether what is printed with is not what is designated, as after DECRC. */
export function isCharsetMixed({ charset, glevel, _charsets }: Internals["_charsetService"]): boolean {
  return finalOf(charset) !== finalOf(_charsets[glevel]);
}

export function isSameCharset(a: Charset | undefined, b: Charset | undefined): boolean {
  return finalOf(a) === finalOf(b);
}

/** The text that prints `text` while `charset` translates: the first character may need its preimage. */
export function preimage(text: string, charset: Charset | undefined): string | undefined {
  const first = text[0];
  if (!charset || first === undefined || charset[first] === undefined) return text;
  const from = Object.keys(charset).find((key) => charset[key]?.charCodeAt(0) === first.charCodeAt(0));
  return from === undefined ? undefined : from + text.slice(1);
}
