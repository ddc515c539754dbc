import { CSI, columnTo, ESC } from "./controls.ts";
import type { Line, ScreenBuffer } from "./internals.ts";
import type { Painter } from "./painter.ts";
import { createRowWriter } from "./row-writer.ts";
import { hasSavedCursor, saveCursor } from "./saved-cursor.ts";

/** Where xterm.js has tab stops unless told otherwise. */
const TAB_WIDTH = 8;

export interface BufferShape {
  readonly cols: number;
  readonly rows: number;
  /** Lines above the screen to write. */
  readonly historyLines: number;
}

/**
 * Writes a buffer into the active, blank one of the terminal that parses: lines with their wrapped flags, the saved
 * cursor, tab stops and margins. The cursor is left anywhere, the pen with a plain background.
 */
export function writeBuffer(painter: Painter, buffer: ScreenBuffer, shape: BufferShape): void {
  const { cols, rows } = shape;
  const first = Math.max(0, buffer.ybase - shape.historyLines);
  const last = Math.min(buffer.ybase + rows, buffer.lines.length) - 1;
  const lines: Line[] = [];
  for (let y = first; y <= last; y++) {
    const line = buffer.lines.get(y);
    if (line) lines.push(line);
  }
  const savedRow = hasSavedCursor(buffer) ? Math.max(0, buffer.savedY - first) : -1;
  if (savedRow >= lines.length) saveBelow(painter, buffer, savedRow, cols);
  if (lines[0]?.isWrapped) wrapFirst(painter, cols, rows);

  const writer = createRowWriter(painter, lines, cols);
  for (let y = 0; y < lines.length; y++) {
    if (y === savedRow) saveCursor(painter, buffer, cols);
    writer.row(y);
    if (y + 1 < lines.length) writer.next(y, y + 1 !== savedRow);
  }
  painter.background(0);
  writeTabs(painter, buffer, cols);
  if (buffer.scrollTop !== 0 || buffer.scrollBottom !== rows - 1) {
    painter.write(`${CSI}${buffer.scrollTop + 1};${buffer.scrollBottom + 1}r`);
  }
}

/** A saved row below the last line is what clearing the history (ED 3) leaves: so do that here. */
function saveBelow(painter: Painter, buffer: ScreenBuffer, savedRow: number, cols: number): void {
  painter.write(`${CSI}H${"\n".repeat(savedRow)}`);
  saveCursor(painter, buffer, cols);
  painter.write(`${CSI}3J${CSI}H`);
}

/** The first line is the rest of one that is gone: wrap onto a line, then remove the one before it. */
function wrapFirst(painter: Painter, cols: number, rows: number): void {
  const remove = rows === 1 ? `${CSI}3J` : `${CSI}A${CSI}M`;
  painter.write(`${columnTo(cols - 1)}xx\r${CSI}X${remove}`);
}

function writeTabs(painter: Painter, buffer: ScreenBuffer, cols: number): void {
  const stops: number[] = [];
  let isDefault = true;
  for (let x = 0; x < cols; x++) {
    const isStop = buffer.tabs[x] === true;
    if (isStop) stops.push(x);
    if (isStop !== (x % TAB_WIDTH === 0)) isDefault = false;
  }
  if (isDefault) return;
  painter.write(`${CSI}3g${stops.map((x) => `${columnTo(x)}${ESC}H`).join("")}`);
}
