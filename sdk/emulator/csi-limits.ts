/** Cursor positions and modes: no screen has more cells a side, no mode xterm.js knows is larger. */
export const ANY_LIMIT = 9_999;
/** Counts of what is done once per count, and the longest side a terminal may have. */
export const COUNT_LIMIT = 1_000;

const ROW_COUNTS = new Set("STLM");
const COLUMN_COUNTS = new Set("IZX@P");
/** Final bytes of sequences that count nothing, and how many digits {@link ANY_LIMIT} has. */
const UNCOUNTED = Uint8Array.from({ length: 256 }, (_, byte) =>
  "mKHJABCDEFGdfhl".includes(String.fromCharCode(byte)) ? 1 : 0,
);
const SAFE_DIGITS = 4;

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
 * The length of the CSI sequence at `at` if it is whole, at most 32 bytes long, counts nothing and has no number above
 * {@link ANY_LIMIT}; else 0, which says nothing.
 */
export function harmlessSequence(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== 0x1b || bytes[at + 1] !== 0x5b) return 0;
  const stop = Math.min(end, at + 32);
  let digits = 0;
  for (let i = bytes[at + 2] === 0x3f ? at + 3 : at + 2; i < stop; i++) {
    const byte = bytes[i] ?? 0;
    if (byte >= 0x30 && byte <= 0x39) {
      digits += 1;
      if (digits > SAFE_DIGITS) return 0;
    } else if (byte === 0x3b || byte === 0x3a) digits = 0;
    else return UNCOUNTED[byte] === 1 ? i + 1 - at : 0;
  }
  return 0;
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
