import { ESCAPE, GROUND, NEXT_STATE, WIDE_CLASS } from "./vt-states.ts";

export interface GroundTracker {
  /** Takes the next bytes of the stream and returns {@link ground}. */
  feed(bytes: Uint8Array): number;
  /** Bytes fed so far, from the offset it was created with. */
  readonly offset: number;
  /** The last offset where the parser is in its ground state and no character is open. */
  readonly ground: number;
}

/** Finds where a stream of bytes may be cut so that what follows stands alone. Expects valid UTF-8, survives other. */
export function createGroundTracker(offset = 0): GroundTracker {
  let fed = offset;
  let ground = offset;
  let state = GROUND;
  let missing = 0;
  let codePoint = 0;

  function feed(bytes: Uint8Array): number {
    const end = bytes.length;
    let at = 0;
    while (at < end) {
      if (state === GROUND && missing === 0) {
        while (at < end && (bytes[at] ?? 0) < 0x80 && bytes[at] !== 0x1b) at++;
        ground = fed + at;
        if (at === end) break;
      }
      const byte = bytes[at++] ?? 0;
      if (byte >= 0x80) {
        if (byte < 0xc0) {
          if (missing === 0) continue;
          codePoint = (codePoint << 6) | (byte & 0x3f);
          if (--missing > 0) continue;
        } else {
          missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
          codePoint = byte & (0x3f >> missing);
          continue;
        }
        // The emulator's decoder drops a byte order mark: no state sees it.
        if (codePoint !== 0xfeff) {
          state = NEXT_STATE[(state << 8) | (codePoint < WIDE_CLASS ? codePoint : WIDE_CLASS)] ?? GROUND;
        }
      } else {
        missing = 0;
        state = byte === 0x1b ? ESCAPE : (NEXT_STATE[(state << 8) | byte] ?? GROUND);
      }
      if (state === GROUND) ground = fed + at;
    }
    fed += end;
    return ground;
  }

  return {
    feed,
    get offset() {
      return fed;
    },
    get ground() {
      return ground;
    },
  };
}
