import { isSameLook, lookOf } from "./attributes.ts";
import { erasedColor, hasContent, lookAt, textAt, widthAt } from "./cells.ts";
import { preimage, writeCharsets } from "./charsets.ts";
import { CSI, cursorTo, ENTER_ALTERNATE, LEAVE_ALTERNATE } from "./controls.ts";
import type { Internals, Line, Parser } from "./internals.ts";
import { writePrintingModes } from "./mode-writer.ts";
import type { Painter } from "./painter.ts";
import { needsRestore, writePen } from "./pen-writer.ts";
import { isZeroWidth } from "./zero-width.ts";

/** Alone in its cell and zero columns wide, it still moves the cursor one on: even out of the row. */
const LONE_MARK = "\u0300";
const WIDE = "\u3000";

/**
 * Ends a snapshot: the pen, the character sets, the modes that change printing, and the cursor, which may stand
 * past the last column (the wrap is pending), outside the margins, or behind a character that a combining one would
 * join. Some of that only printing leads to, and the printed cell must come out as it is.
 */
export function writeCursor(painter: Painter, internals: Internals): void {
  const { cols, rows, buffers } = internals._bufferService;
  const buffer = buffers.active;
  const { x, y } = buffer;
  const { origin } = internals.coreService.decPrivateModes;
  const line = buffer.lines.get(buffer.ybase + y);
  const before = line && cellBefore(line, Math.min(x, cols));
  const isOutside = origin && (y < buffer.scrollTop || y > buffer.scrollBottom);
  const place = (column: number): string => cursorTo(origin ? y - buffer.scrollTop : y, column);
  const writeState = (): void => {
    painter.write(writePrintingModes(internals) + writeCharsets(internals._charsetService));
    const linkRow = x < cols && !isOutside ? rowOfPenLink(internals) : undefined;
    // A link is forgotten with the line it was opened on.
    if (linkRow !== undefined) painter.write(cursorTo(origin ? linkRow - buffer.scrollTop : linkRow, 0));
    writePen(painter, internals, buffer);
  };
  // NUL does nothing but end what a combining character could still join.
  const past = `\0${LONE_MARK.repeat(Math.max(0, x - cols))}`;
  if (origin) painter.write(`${CSI}?6h`);

  const text = line && before !== undefined && !isOutside ? reprinted(internals, line, before) : undefined;
  if (line && before !== undefined && text !== undefined) {
    writeState();
    painter.write(place(before));
    const width = widthAt(line, before);
    if (internals.coreService.modes.insertMode && width > 0) painter.write(`${CSI}${width}P`);
    painter.write(joinedWidth(internals._inputHandler._parser) === 0 ? text + past : text);
    return;
  }
  if (x < cols && !isOutside) {
    writeState();
    painter.write(place(x));
    if (isWideRefused(internals)) painter.write(WIDE);
    return;
  }
  if (line && before !== undefined && !isOutside && !needsRestore(internals, buffer)) {
    painter.write(place(before));
    painter.pen(lookAt(line, before));
    painter.write(textAt(line, before) + past);
    writeState();
    return;
  }
  writeState();
  if (buffer === buffers.normal) {
    // Leaving the alternate screen, where margins are none and cells do not matter, carries the cursor over.
    const print = x < cols ? "" : `x${past}`;
    painter.write(`${ENTER_ALTERNATE}${cursorTo(y, Math.min(x, cols - 1))}${print}${LEAVE_ALTERNATE}`);
    return;
  }
  const blank = line && x >= cols && !isOutside ? blankColor(line, cols) : undefined;
  if (blank !== undefined && !needsRestore(internals, buffer)) {
    // Erasing to the left leaves the cursor past the edge, and the row all that it is: blank.
    painter.write(`${place(cols - 1)}x`);
    painter.background(blank);
    painter.write(`${CSI}1K${past}`);
    writeState();
    return;
  }
  const inside = origin ? Math.min(Math.max(y, buffer.scrollTop), buffer.scrollBottom) - buffer.scrollTop : y;
  painter.write(cursorTo(Math.min(inside, rows - 1), Math.min(x, cols - 1)));
}

/** The colour that the whole row was erased with; undefined when there is anything on it. */
function blankColor(line: Line, cols: number): number | undefined {
  const color = hasContent(line, 0) ? undefined : erasedColor(line, 0);
  for (let x = 1; x < cols; x++) {
    if (hasContent(line, x) || widthAt(line, x) !== 1 || erasedColor(line, x) !== color) return undefined;
  }
  return color;
}

/** The row of the screen that the pen's link was last seen on. */
function rowOfPenLink({ _bufferService, _inputHandler, _oscLinkService }: Internals): number | undefined {
  const { rows, buffers } = _bufferService;
  const link = _oscLinkService._dataByLinkId.get(_inputHandler._curAttrData.extended._urlId);
  const row = (link?.lines.at(-1)?.line ?? -1) - buffers.active.ybase;
  return row >= 0 && row < rows ? row : undefined;
}

/** Without wraparound a wide character finds no place in the last column, but a combining one would still join it. */
function isWideRefused({ _bufferService, _inputHandler, coreService }: Internals): boolean {
  const { cols, buffers } = _bufferService;
  const width = joinedWidth(_inputHandler._parser);
  const { x, y, ybase, lines } = buffers.active;
  const line = lines.get(ybase + y);
  const isClear = line !== undefined && (cols < 2 || widthAt(line, cols - 2) !== 2);
  return !coreService.decPrivateModes.wraparound && x === cols - 1 && width === 2 && isClear;
}

/** Columns of the character that a combining one would join, 0 for none. */
function joinedWidth({ precedingJoinState }: Parser): number {
  return (precedingJoinState >> 1) & 3;
}

/** Where the character starts that ends right before `x`; undefined when it cannot be printed again as it is. */
function cellBefore(line: Line, x: number): number | undefined {
  const at = x > 1 && widthAt(line, x - 1) === 0 && !hasContent(line, x - 1) ? x - 2 : x - 1;
  if (at < 0 || !hasContent(line, at)) return undefined;
  const isMark = isZeroWidth(textAt(line, at).codePointAt(0) ?? 0);
  const endsHere = at + Math.max(1, widthAt(line, at)) === x && isMark === (widthAt(line, at) === 0);
  const isOnWide = at > 0 && widthAt(line, at - 1) === 2;
  return endsHere && !isOnWide ? at : undefined;
}

/**
 * What to print at `before` with the pen and modes there are, to get the cursor behind it as right after it was
 * printed. Undefined where moving there does, or where the cell would come out otherwise.
 */
function reprinted(internals: Internals, line: Line, before: number): string | undefined {
  const { _bufferService, _inputHandler, _charsetService } = internals;
  const { _parser, _curAttrData: pen } = _inputHandler;
  const width = joinedWidth(_parser);
  const isPast = _bufferService.buffers.active.x >= _bufferService.cols;
  if (width === 0 ? !isPast : width !== widthAt(line, before)) return undefined;
  if (!isSameLook(lookAt(line, before), lookOf(pen.fg, pen.bg, pen.extended))) return undefined;
  return preimage(textAt(line, before), _charsetService.charset);
}
