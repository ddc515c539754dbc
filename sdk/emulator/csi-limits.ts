/** Cursor positions and modes: no screen has more cells a side, no mode xterm.js knows is larger. */
export const ANY_LIMIT = 9_999;
/** Counts of what is done once per count, and the longest side a terminal may have. */
export const COUNT_LIMIT = 1_000;

const ROW_COUNTS = new Set("STLM");
const COLUMN_COUNTS = new Set("IZX@P");

/**
 * The largest number that a CSI sequence without prefix and intermediates may carry. Scrolling or shifting by more
 * than the whole screen is scrolling or shifting by the whole screen, so the clamp changes nothing one can see;
 * xterm.js 6.0.0 loops once per count, 15 s for a million. REP has no such bound: the longest line is taken.
 */
export function countLimit(final: number, cols: number, rows: number): number {
  const name = String.fromCharCode(final);
  if (ROW_COUNTS.has(name)) return Math.min(rows, COUNT_LIMIT);
  if (COLUMN_COUNTS.has(name)) return Math.min(cols, COUNT_LIMIT);
  return name === "b" ? COUNT_LIMIT : ANY_LIMIT;
}

/**
 * Overwrites every number above `limit` by `limit`, zero-padded to as many digits. A number may be interrupted by
 * control characters, which the parser executes on the spot; only `;` and `:` end it.
 */
export function clampNumbers(bytes: Uint8Array, from: number, to: number, limit: number): void {
  let value = 0;
  let digits: number[] = [];
  const close = (): void => {
    if (value > limit) {
      let rest = limit;
      for (const at of digits.reverse()) {
        bytes[at] = 0x30 + (rest % 10);
        rest = Math.floor(rest / 10);
      }
    }
    value = 0;
    digits = [];
  };
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x30 && byte <= 0x39) {
      value = Math.min(value * 10 + byte - 0x30, Number.MAX_SAFE_INTEGER / 100);
      digits.push(at);
    } else if (byte === 0x3b || byte === 0x3a) {
      close();
    }
  }
  close();
}
