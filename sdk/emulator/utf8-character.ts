/**
 * The length in bytes of the UTF-8 character at `at` (RFC 3629: no overlong form, no surrogate), 0 when there is
 * none, -1 when `end` cuts it.
 */
export function characterLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (at + 1 >= end) return -1;
  const second = bytes[at + 1] ?? 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) {
    if (at + i >= end) return -1;
    if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** The code point of a whole character of `length` bytes. */
export function codePointAt(bytes: Uint8Array, at: number, length: number): number {
  const lead = bytes[at] ?? 0;
  if (length === 1) return lead;
  let code = lead & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) code = (code << 6) | ((bytes[at + i] ?? 0) & 0x3f);
  return code;
}

/**
 * The last index up to `end` that cuts no character of valid UTF-8. xterm.js 6.0.0 loses a character that is cut
 * after a second byte 0x80 (U+2018, box drawing, many emoji), so nothing given to an emulator is cut elsewhere.
 */
export function characterBoundary(bytes: Uint8Array, end: number): number {
  for (let at = end - 1; at >= 0 && at > end - 4; at--) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) return characterLength(bytes, at, end) === -1 ? at : end;
  }
  return end;
}
