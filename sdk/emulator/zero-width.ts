/** What xterm.js 6.0.0 joins to the cell before it: marks, format characters and Hangul medials. */
const JOINING = /^[\p{M}\p{Cf}\u06de\u1160-\u11ff]$/u;

/** Whether an emulator adds this character to the cell before it. Errs on the side of yes. */
export function isZeroWidth(codePoint: number): boolean {
  if (codePoint < 0x300) return false;
  // The blocks text and screens are made of: Greek, Cyrillic, box drawing, symbols, kana, Han, Hangul, emoji.
  if (codePoint >= 0x370 && codePoint < 0x483) return false;
  if (codePoint >= 0x2070 && codePoint < 0x20d0) return false;
  if (codePoint >= 0x2100 && codePoint < 0x2cef) return false;
  if (codePoint >= 0x3030 && codePoint < 0x3099) return false;
  if (codePoint >= 0x30a0 && codePoint < 0xa66f) return false;
  if (codePoint >= 0xac00 && codePoint < 0xfb00) return false;
  if (codePoint >= 0x1f000 && codePoint < 0x20000) return false;
  return JOINING.test(String.fromCodePoint(codePoint));
}
