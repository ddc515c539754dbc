export const ESC = "\x1b";
export const CSI = "\x1b[";
export const OSC = "\x1b]";
export const ST = "\x1b\\";

/** The cursor comes along; the alternate screen is blank when entered and forgets its lines when left. */
export const ENTER_ALTERNATE = "\x1b[?1047h";
export const LEAVE_ALTERNATE = "\x1b[?1047l";

/** Cursor to an absolute cell, both counted from 0. */
export function cursorTo(y: number, x: number): string {
  return `${CSI}${y + 1};${x + 1}H`;
}

/** Cursor to a column of its row, counted from 0. Ends what a combining character could still join. */
export function columnTo(x: number): string {
  return x === 0 ? "\r" : `${CSI}${x + 1}G`;
}

export function erase(cells: number): string {
  return cells === 1 ? `${CSI}X` : `${CSI}${cells}X`;
}
