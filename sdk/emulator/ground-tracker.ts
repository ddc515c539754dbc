import { characterBoundary } from "./utf8-character.ts";
import { ESCAPE, GROUND, NEXT_STATE, WIDE_CLASS } from "./vt-states.ts";

export interface GroundTracker {
  /** Takes the next bytes of the stream and returns {@link ground}. */
  feed(bytes: Uint8Array): number;
  /** Bytes fed so far, from the offset it was created with. */
  readonly offset: number;
  /** The last offset where the parser is in its ground state and no character is open. */
  readonly ground: number;
}

/** Where the parser and its decoder are. */
interface Place {
  readonly state: number;
  /** Bytes that the open character lacks, and its code point so far. */
  readonly missing: number;
  readonly codePoint: number;
}

const ESC = 0x1b;
/** The first byte of U+0080–U+00BF, among them the C1 controls: without an ESC only they leave the ground state. */
const C1_LEAD = 0xc2;
const ESCAPED: Place = { state: ESCAPE, missing: 0, codePoint: 0 };

/**
 * Finds where a stream of bytes may be cut so that what follows stands alone. Expects valid UTF-8, survives other.
 *
 * It looks from the end of what it is given: an ESC means the same in every state, so what comes before the last one
 * matters only while no ground was found after it. Most bytes are never looked at one by one.
 */
export function createGroundTracker(offset = 0): GroundTracker {
  let fed = offset;
  let ground = offset;
  let place: Place = { state: GROUND, missing: 0, codePoint: 0 };

  return {
    feed(bytes) {
      const before = place;
      let found = -1;
      for (let end = bytes.length; end > 0 && found < 0; ) {
        const esc = bytes.lastIndexOf(ESC, end - 1);
        const walk = follow(bytes.subarray(0, end), esc + 1, esc < 0 ? before : ESCAPED);
        if (end === bytes.length) place = walk.place;
        found = walk.ground;
        end = esc;
      }
      if (found >= 0) ground = fed + found;
      fed += bytes.length;
      return ground;
    },
    get offset() {
      return fed;
    },
    get ground() {
      return ground;
    },
  };
}

/** From `start` to the end of `bytes`, with no ESC among them: where that leads, and the last ground after `start`. */
function follow(bytes: Uint8Array, start: number, from: Place): { place: Place; ground: number } {
  const end = bytes.length;
  let { state, missing, codePoint } = from;
  let ground = -1;
  for (let at = start; at < end; ) {
    if (state === GROUND && missing === 0) {
      const lead = bytes.indexOf(C1_LEAD, at);
      const next = lead < 0 ? characterBoundary(bytes, end) : lead;
      if (next > at) {
        at = next;
        ground = at;
        if (at === end) break;
      }
    }
    const byte = bytes[at++] ?? 0;
    if (byte < 0x80) {
      missing = 0;
      state = NEXT_STATE[(state << 8) | byte] ?? GROUND;
    } else if (byte >= 0xc0) {
      missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
      codePoint = byte & (0x3f >> missing);
      continue;
    } else if (missing > 0) {
      codePoint = (codePoint << 6) | (byte & 0x3f);
      missing -= 1;
      if (missing > 0) continue;
      // The emulator's decoder drops a byte order mark: no state sees it.
      if (codePoint !== 0xfeff) {
        state = NEXT_STATE[(state << 8) | Math.min(codePoint, WIDE_CLASS)] ?? GROUND;
      }
    } else continue;
    if (state === GROUND) ground = at;
  }
  return { place: { state, missing, codePoint }, ground };
}
