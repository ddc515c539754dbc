import {
  BG,
  FG,
  isMixed,
  lookOf,
  ownUnderline,
  ownUnderlineColor,
  PLAIN,
  protectionBetween,
} from "./attributes.ts";
import { isCharsetMixed, isSameCharset, shift } from "./charsets.ts";
import { CSI, ESC } from "./controls.ts";
import type { Internals, ScreenBuffer } from "./internals.ts";
import type { Painter } from "./painter.ts";
import { savedLook } from "./saved-cursor.ts";
import { sgrStep } from "./sgr.ts";

/** Whether the pen or the character set is a mix that only DECRC makes, and the saved cursor of `buffer` can make. */
export function needsRestore(internals: Internals, buffer: ScreenBuffer): boolean {
  return isPenRestored(internals, buffer) || isCharsetRestored(internals, buffer);
}

/**
 * Gives the terminal the pen that further output is printed with, hidden parts included, and the character set in
 * use. Moves the cursor if {@link needsRestore}.
 */
export function writePen(painter: Painter, internals: Internals, buffer: ScreenBuffer): void {
  const pen = internals._inputHandler._curAttrData;
  if (!needsRestore(internals, buffer)) {
    writeConsistent(painter, internals);
    return;
  }
  painter.pen(PLAIN);
  if (isPenRestored(internals, buffer)) {
    const { extended } = pen;
    painter.pen({
      ...PLAIN,
      underline: ownUnderline(extended),
      underlineColor: ownUnderlineColor(extended),
      link: extended._urlId,
    });
    painter.write(`${ESC}8`);
    // The flags are the saved cursor's now, the extended attributes stayed: nothing may touch the underline.
    const saved = buffer.savedCurAttrData;
    painter.write(sgrStep(savedLook(saved.fg, saved.bg), savedLook(pen.fg, pen.bg)));
    painter.write(protectionBetween(saved.bg, pen.bg));
    // Opening or closing a link computes the flag from the attributes there are.
    if (!isSameFlag(pen.bg, saved.bg, BG.extended)) painter.write(painter.linkText(extended._urlId));
  } else {
    painter.write(`${ESC}8${CSI}m`);
    writeConsistent(painter, internals);
  }
  if (!isCharsetRestored(internals, buffer)) painter.write(shift(internals._charsetService.glevel));
}

function isPenRestored({ _inputHandler }: Internals, { savedCurAttrData: saved }: ScreenBuffer): boolean {
  const pen = _inputHandler._curAttrData;
  const hasExtended = ownUnderline(pen.extended) !== 0 || pen.extended._urlId !== 0;
  const isComputed = hasExtended === ((pen.bg & BG.extended) !== 0);
  const isKept = isSameFlag(pen.bg, saved.bg, BG.extended);
  return isMixed(pen) && isSameFlag(pen.fg, saved.fg, FG.underline) && (isKept || isComputed);
}

function isSameFlag(a: number, b: number, flag: number): boolean {
  return ((a ^ b) & flag) === 0;
}

function isCharsetRestored({ _charsetService }: Internals, { savedCharset }: ScreenBuffer): boolean {
  return isCharsetMixed(_charsetService) && isSameCharset(_charsetService.charset, savedCharset);
}

function writeConsistent(painter: Painter, internals: Internals): void {
  const { fg, bg, extended } = internals._inputHandler._curAttrData;
  // An underline colour is part of the pen before anything is underlined.
  const underlineColor = ownUnderlineColor(extended);
  painter.pen({ ...lookOf(fg, bg, extended), underlineColor });
}
