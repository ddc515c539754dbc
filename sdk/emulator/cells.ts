import { COLOR_BITS, cleanColor, type Look, lookOf } from "./attributes.ts";
import type { Line } from "./internals.ts";

const HAS_CONTENT = 0x3fffff;
const IS_COMBINED = 0x200000;
const CODE_POINT = 0x1fffff;
const EXTENDED = 0x10000000;

/** Columns the cell takes: 0 for the right half of a wide character and for a combining one that stands alone. */
export function widthAt(line: Line, x: number): number {
  return ((line._data[x * 3] ?? 0) >>> 22) & 3;
}

/** The characters of a cell, "" for an erased one. */
export function textAt(line: Line, x: number): string {
  const content = line._data[x * 3] ?? 0;
  if ((content & IS_COMBINED) !== 0) return line._combined[x] ?? "";
  const codePoint = content & CODE_POINT;
  return codePoint === 0 ? "" : String.fromCodePoint(codePoint);
}

export function hasContent(line: Line, x: number): boolean {
  return ((line._data[x * 3] ?? 0) & HAS_CONTENT) !== 0;
}

export function lookAt(line: Line, x: number): Look {
  const bg = line._data[x * 3 + 2] ?? 0;
  return lookOf(line._data[x * 3 + 1] ?? 0, bg, (bg & EXTENDED) !== 0 ? line._extendedAttrs[x] : undefined);
}

/** The colour an erased cell was erased with, or undefined when it has more of a look than that. */
export function erasedColor(line: Line, x: number): number | undefined {
  const fg = line._data[x * 3 + 1] ?? 0;
  const bg = line._data[x * 3 + 2] ?? 0;
  if (fg === 0 && (bg & ~COLOR_BITS) === 0) return cleanColor(bg);
  const look = lookAt(line, x);
  const isPlain = look.fg === 0 && (look.bg & ~COLOR_BITS) === 0 && look.underline === 0 && look.link === 0;
  return isPlain ? look.bg : undefined;
}

/** Whether two cells are drawn with the same attributes, told without building their looks. */
export function isSameRawLook(line: Line, a: number, b: number): boolean {
  const data = line._data;
  if (data[a * 3 + 1] !== data[b * 3 + 1] || data[a * 3 + 2] !== data[b * 3 + 2]) return false;
  if (((data[a * 3 + 2] ?? 0) & EXTENDED) === 0) return true;
  const [left, right] = [line._extendedAttrs[a], line._extendedAttrs[b]];
  return left?._ext === right?._ext && left?._urlId === right?._urlId;
}
