import {
  BG,
  FG,
  isMixed,
  type Look,
  lookOf,
  ownUnderline,
  ownUnderlineColor,
  PLAIN,
  protectionBetween,
} from "./attributes.ts";
import { isCharsetMixed, isSameCharset, shift } from "./charsets.ts";
import { CSI, ENTER_ALTERNATE, ESC, LEAVE_ALTERNATE } from "./controls.ts";
import type { Internals, ScreenBuffer } from "./internals.ts";
import { openLink, type Painter } from "./painter.ts";
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
    writeLook(painter, internals, {
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
  } else {
    painter.write(`${ESC}8${CSI}m`);
    writeConsistent(painter, internals);
  }
  if (!isCharsetRestored(internals, buffer)) painter.write(shift(internals._charsetService.glevel));
}

function isPenRestored({ _inputHandler }: Internals, { savedCurAttrData: saved }: ScreenBuffer): boolean {
  const pen = _inputHandler._curAttrData;
  const hasSameFlags =
    ((pen.fg ^ saved.fg) & FG.underline) === 0 && ((pen.bg ^ saved.bg) & BG.extended) === 0;
  return hasSameFlags && isMixed(pen);
}

function isCharsetRestored({ _charsetService }: Internals, { savedCharset }: ScreenBuffer): boolean {
  return isCharsetMixed(_charsetService) && isSameCharset(_charsetService.charset, savedCharset);
}

function writeConsistent(painter: Painter, internals: Internals): void {
  const { fg, bg, extended } = internals._inputHandler._curAttrData;
  // An underline colour is part of the pen before anything is underlined.
  const underlineColor = ownUnderlineColor(extended);
  writeLook(painter, internals, { ...lookOf(fg, bg, extended), underlineColor });
}

function writeLook(painter: Painter, internals: Internals, look: Look): void {
  const { normal, active } = internals._bufferService.buffers;
  const isDead = look.link !== 0 && !internals._oscLinkService.getLinkData(look.link);
  if (isDead && active === normal) {
    painter.pen({ ...look, link: 0 });
    // The emulator forgot the link with its line; the alternate screen forgets its lines when it is left.
    painter.write(`${ENTER_ALTERNATE}${openLink({ uri: "x" })}${LEAVE_ALTERNATE}`);
  } else {
    painter.pen(look);
  }
}
