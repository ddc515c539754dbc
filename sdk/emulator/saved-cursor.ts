import { BG, cleanColor, FG, type Look, PLAIN } from "./attributes.ts";
import { designate } from "./charsets.ts";
import { CSI, columnTo, ESC, erase, OSC, ST } from "./controls.ts";
import type { Attributes, ScreenBuffer } from "./internals.ts";
import type { Painter } from "./painter.ts";

const SAVE = `${ESC}7`;
const RESTORE = `${ESC}8`;

/** Whether DECSC, or what does the same, ever put anything but the defaults in this buffer's slot. */
export function hasSavedCursor(buffer: ScreenBuffer): boolean {
  const { fg, bg } = buffer.savedCurAttrData;
  return (
    buffer.savedX !== 0 || buffer.savedY !== 0 || fg !== 0 || bg !== 0 || buffer.savedCharset !== undefined
  );
}

/**
 * Saves the cursor at the current row as `buffer` has it saved: column, pen and character set. The row must still be
 * blank; the cursor ends at its start, the pen plain, the set ASCII.
 */
export function saveCursor(painter: Painter, buffer: ScreenBuffer, cols: number): void {
  const isPastMargin = buffer.savedX >= cols;
  // Past the last column is only where printing leads.
  painter.write(isPastMargin ? `${columnTo(cols - 1)}x` : columnTo(buffer.savedX));
  const charset = buffer.savedCharset;
  if (charset) painter.write(designate(charset));
  writeSavedPen(painter, buffer.savedCurAttrData);
  if (charset) painter.write(designate(undefined));
  if (isPastMargin) painter.write(erase(1));
  painter.write("\r");
}

/** The flags of a saved pen, and the extended attributes that are not saved, may contradict each other. */
function writeSavedPen(painter: Painter, { fg, bg }: Attributes): void {
  const isUnderlined = (fg & FG.underline) !== 0;
  const isExtended = (bg & BG.extended) !== 0;
  painter.pen(savedLook(fg, bg));
  if (isUnderlined && !isExtended) {
    // Closing a link that is not open recomputes the flag from the style, which SGR 24 took away.
    painter.write(`${SAVE}${CSI}24m${RESTORE}${OSC}8;;${ST}${SAVE}${CSI}m`);
  } else if (!isUnderlined && isExtended) {
    painter.write(`${OSC}8;;x${ST}${SAVE}${OSC}8;;${ST}${CSI}m`);
  } else {
    painter.write(`${SAVE}${CSI}m`);
  }
  painter.assume(PLAIN);
}

/** The look that SGR gives a pen with these flags. */
export function savedLook(fg: number, bg: number): Look {
  return {
    fg: ((fg & ~FG.underline & 0xfc000000) | cleanColor(fg)) >>> 0,
    bg: ((bg & ~BG.extended & 0xfc000000) | cleanColor(bg)) >>> 0,
    underline: (fg & FG.underline) !== 0 ? 1 : 0,
    underlineColor: 0,
    link: 0,
  };
}
