import type { ScreenBuffer } from "./internals.ts";

/** What stands in a cell that nothing was ever printed on, or that was erased with the default background. */
const BLANK = [1 << 22, 0, 0] as const;
const CELL_WORDS = BLANK.length;
/** A line with fewer blank cells at its end is left as it is. */
const LEAST_CELLS = 8;

/** A line as xterm.js has it: it may be replaced by one of another length, as long as the length is told. */
interface ResizableLine {
  length: number;
  _data: Uint32Array;
}

/**
 * Lets go of the blank ends of the lines above the screen: about half of what a terminal with history takes. Nothing
 * prints there any more; a line that is reused for a new one takes that one's length. A resize may bring them back to
 * the screen: {@link widenHistory} comes before it.
 */
export function trimHistory(buffer: ScreenBuffer, cols: number): void {
  for (let y = buffer.ybase - 1; y >= 0; y--) {
    const line = lineAt(buffer, y);
    if (line === undefined || line.length < cols) continue;
    const length = lengthOf(line);
    if (line.length - length < LEAST_CELLS) continue;
    line._data = line._data.slice(0, length * CELL_WORDS);
    line.length = length;
  }
}

/** Gives them back, as they were. */
export function widenHistory(buffer: ScreenBuffer, cols: number): void {
  for (let y = buffer.ybase - 1; y >= 0; y--) {
    const line = lineAt(buffer, y);
    if (line === undefined || line.length >= cols) continue;
    const data = new Uint32Array(cols * CELL_WORDS);
    data.set(line._data);
    for (let at = line.length * CELL_WORDS; at < data.length; at += CELL_WORDS) data.set(BLANK, at);
    line._data = data;
    line.length = cols;
  }
}

/** Cells before the blank end. */
function lengthOf({ length, _data: data }: ResizableLine): number {
  for (let x = length; x > 0; x--) {
    const at = (x - 1) * CELL_WORDS;
    if (BLANK.some((word, offset) => data[at + offset] !== word)) return x;
  }
  return 0;
}

function lineAt(buffer: ScreenBuffer, y: number): ResizableLine | undefined {
  // The fields are read-only for everybody else; `internals.ts` has checked that they are there.
  return buffer.lines.get(y) as ResizableLine | undefined;
}
