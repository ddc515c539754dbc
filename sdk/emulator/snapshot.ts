import { writeBuffer } from "./buffer-writer.ts";
import { CSI, cursorTo, ENTER_ALTERNATE, ESC, LEAVE_ALTERNATE } from "./controls.ts";
import { writeCursor } from "./cursor-writer.ts";
import { internalsOf, type ScreenBuffer } from "./internals.ts";
import { writeModes, writeTitles } from "./mode-writer.ts";
import { createPainter, type Painter } from "./painter.ts";
import { type Color, writePalette } from "./palette.ts";
import { hasSavedCursor, saveCursor } from "./saved-cursor.ts";
import { writeUnfinished } from "./unfinished-sequence.ts";

export interface SnapshotOptions {
  /** Lines above the screen. Default: all. */
  historyLines?: number;
  /** Colours that programs changed; xterm.js/headless keeps none itself. */
  colors?: ReadonlyMap<number, Color>;
  /** Whether the blinking of the cursor is what programs asked for, not the user's option. Default true. */
  isCursorBlinkKnown?: boolean;
}

const CANCEL = "\x18";

/**
 * Text that brings any xterm.js 6 terminal of the same size, in whatever state, to the state of `terminal`: both
 * buffers, history, cursors, pen, modes, margins, character sets, tab stops, titles, colours, and the sequence it is
 * in the middle of. It begins with a full reset of its own, which works inside an unfinished string too. Queued
 * writes of `terminal` are not part of its state yet.
 *
 * Some states no sequence leads to from a reset; the nearest stands for them: half a wide character without its other
 * half, a wrap pending after an erased cell of a row with others on the alternate screen, a pen mixed by DECRC whose saved cursor was
 * overwritten since. Nor is it said with which line a link will be forgotten. Both terminals must have the emulator
 * guards: without them a resize leaves more behind than a snapshot can say.
 */
export function exactSnapshot(terminal: object, options: SnapshotOptions = {}): string {
  const internals = internalsOf(terminal);
  const { cols, rows, buffers } = internals._bufferService;
  const { historyLines = Number.POSITIVE_INFINITY, colors = new Map(), isCursorBlinkKnown = true } = options;
  const painter = createPainter((id) => internals._oscLinkService.getLinkData(id));
  const { normal, alt } = buffers;
  const isAlternate = buffers.active === alt;

  // CAN, unlike ST, ends a string without its effect. A reset spares the mode of line feeds.
  painter.write(`${CANCEL}${ESC}c${CSI}20l`);
  if (!isAlternate && hasSavedCursor(alt)) writeHiddenSlot(painter, alt, cols);
  else if (!isAlternate && internals.coreService.isCursorInitialized) {
    painter.write(ENTER_ALTERNATE + LEAVE_ALTERNATE);
  }
  writeBuffer(painter, normal, { cols, rows, historyLines });
  if (isAlternate) {
    // What the hidden screen's cursor is decides how a later resize reflows it.
    painter.write(`${cursorTo(normal.y, Math.min(normal.x, cols - 1))}${ENTER_ALTERNATE}${CSI}H`);
    writeBuffer(painter, alt, { cols, rows, historyLines: 0 });
  }
  painter.write(writeTitles(internals) + writePalette(colors) + writeModes(internals, isCursorBlinkKnown));
  writeCursor(painter, internals);
  painter.write(writeUnfinished(internals._inputHandler._parser));
  return painter.text();
}

/** The alternate screen keeps its saved cursor while it is not shown. */
function writeHiddenSlot(painter: Painter, alt: ScreenBuffer, cols: number): void {
  painter.write(`${ENTER_ALTERNATE}${cursorTo(alt.savedY, 0)}`);
  saveCursor(painter, alt, cols);
  painter.write(`${LEAVE_ALTERNATE}${CSI}H`);
}
