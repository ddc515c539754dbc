import { isSameLook } from "./attributes.ts";
import { erasedColor, hasContent, isSameRawLook, lookAt, textAt, widthAt } from "./cells.ts";
import { CSI, columnTo, erase } from "./controls.ts";
import type { Line } from "./internals.ts";
import type { Painter } from "./painter.ts";
import { createRunText } from "./run-text.ts";
import { isZeroWidth } from "./zero-width.ts";

/** Two columns wide in every Unicode version; only ever printed to be overwritten. */
const WIDE = "\u3000";

export interface RowWriter {
  /** Writes row `y` at the cursor, which must be in its first column unless {@link next} brought it here. */
  row(y: number): void;
  /** Goes from row `y` to the next, by a wrap when it is one. `mayContinue`: by that row's own first character. */
  next(y: number, mayContinue: boolean): void;
}

/**
 * Writes rows top-down so that cells, the attributes of erased cells and the wrapped flags come out as they are.
 * Expects the modes after a reset: no insert mode, wraparound, no margins. What no sequence can write down (half a
 * wide character, two erased cells with attributes at the right edge) becomes the nearest thing.
 */
export function createRowWriter(painter: Painter, lines: readonly Line[], cols: number): RowWriter {
  /** Cells of the current row that hold a leftover of ours. */
  const dirty = new Set<number>();
  let cursor = 0;

  function moveTo(x: number): void {
    if (cursor === x) return;
    if (cursor < x) painter.write(x - cursor === 1 ? `${CSI}C` : `${CSI}${x - cursor}C`);
    else painter.write(columnTo(x));
    cursor = x;
  }

  /** Written at the right edge of a wide character without wraparound, which leaves its left half whole. */
  function overlap(line: Line, x: number): void {
    moveTo(x);
    painter.pen(lookAt(line, x));
    painter.write(`${CSI}?7l${textAt(line, x)}`);
    painter.pen(lookAt(line, x + 1));
    painter.write(`${textAt(line, x + 1)}${CSI}?7h`);
    cursor = cols;
  }

  /** What remains of a wide character that was printed over: so print one over. */
  function leaveHalf(line: Line, x: number): void {
    if (x + 1 >= cols || (x + 2 === cols && isHalf(line, x + 1))) {
      moveTo(x);
      painter.pen(lookAt(line, x));
      painter.write(" ");
      cursor = x + 1;
      return;
    }
    moveTo(x);
    painter.pen(lookAt(line, x));
    painter.write(`${WIDE}${columnTo(x + 1)} `);
    cursor = x + 2;
    dirty.add(x + 1);
  }

  /** In the last column that works only from its left neighbour, which is written afterwards. */
  function hasLastHalf(line: Line, next: Line | undefined): boolean {
    return !next?.isWrapped && isHalf(line, cols - 1) && !isHalf(line, cols - 2);
  }

  function leaveLastHalf(line: Line): void {
    const x = cols - 1;
    painter.pen(lookAt(line, x));
    painter.write(`${columnTo(x - 1)}${WIDE}${columnTo(x - 1)} \r`);
    cursor = 0;
    dirty.add(x - 1);
  }

  function erased(line: Line, x: number, color: number): number {
    let end = x + 1;
    while (end < cols && !hasContent(line, end) && erasedColor(line, end) === color) end++;
    if (color !== 0) {
      moveTo(x);
      painter.background(color);
      painter.write(erase(end - x));
    } else if (dirty.size > 0) {
      for (let at = x; at < end; at++) {
        if (!dirty.has(at)) continue;
        moveTo(at);
        painter.background(0);
        painter.write(erase(1));
      }
    }
    return end;
  }

  function printed(line: Line, from: number): number {
    let x = from;
    moveTo(x);
    painter.pen(lookAt(line, x));
    const run = createRunText();
    do {
      const width = widthAt(line, x);
      const cell = width === 2 && x + 1 >= cols ? " " : textAt(line, x);
      // On its own in its cell: an absolute move keeps it from joining the cell before.
      if (width === 0 || isZeroWidth(cell.codePointAt(0) ?? 0)) run.separate(columnTo(x));
      run.add(cell);
      x += Math.max(width, 1);
    } while (x < cols && x + 2 !== cols && hasContent(line, x) && isSameRawLook(line, from, x));
    painter.write(run.text());
    cursor = Math.min(x, cols);
    return x;
  }

  function row(line: Line, next: Line | undefined): void {
    const isLastDone = hasLastHalf(line, next);
    if (isLastDone) leaveLastHalf(line);
    const end = isLastDone ? cols - 1 : cols;
    let x = 0;
    while (x < end) {
      if (x + 2 === cols && widthAt(line, x) === 2 && widthAt(line, x + 1) === 1 && hasContent(line, x + 1)) {
        overlap(line, x);
        break;
      }
      if (hasContent(line, x)) {
        x = printed(line, x);
        continue;
      }
      const color = erasedColor(line, x);
      if (color !== undefined) {
        x = erased(line, x, color);
      } else {
        // The last cell before a wrap is left to the wrap itself.
        if (x + 1 < cols || !next?.isWrapped) leaveHalf(line, x);
        else if (cursor >= cols) moveTo(x);
        x += 1;
      }
    }
    dirty.clear();
  }

  function wrap(line: Line, next: Line, mayContinue: boolean): void {
    const firstLook = lookAt(next, 0);
    const isFull = cursor >= cols;
    const canContinue =
      mayContinue && hasContent(next, 0) && widthAt(next, 0) > 0 && (firstLook.bg & 0x3ffffff) === 0;
    if (canContinue && isFull) {
      cursor = 0;
      return;
    }
    const isPushed = widthAt(next, 0) === 2 && !isFull && isSameLook(lookAt(line, cols - 1), firstLook);
    if (canContinue && isPushed) {
      moveTo(cols - 1);
      cursor = 0;
      return;
    }
    if (isFull) {
      painter.background(0);
      painter.write("x\r");
      dirty.add(0);
    } else {
      moveTo(cols - 1);
      const look = lookAt(line, cols - 1);
      painter.pen(look);
      painter.write(`${WIDE}\r`);
      painter.background(0);
      // Scrolling in a new line filled it with the colour of the wide character.
      painter.write(erase((look.bg & 0x3ffffff) === 0 ? 2 : cols));
    }
    cursor = 0;
  }

  return {
    row(y) {
      const line = lines[y];
      if (line) row(line, lines[y + 1]);
    },
    next(y, mayContinue) {
      const [line, next] = [lines[y], lines[y + 1]];
      if (line && next?.isWrapped) {
        wrap(line, next, mayContinue && !hasLastHalf(next, lines[y + 2]));
        return;
      }
      painter.background(0);
      painter.write(cursor === 0 ? "\n" : "\r\n");
      cursor = 0;
    },
  };
}

/** What remains of a wide character that was printed over: erased, but with all its attributes. */
function isHalf(line: Line, x: number): boolean {
  return !hasContent(line, x) && widthAt(line, x) === 1 && erasedColor(line, x) === undefined;
}
