import { characterBoundary } from "../emulator/utf8-character.ts";

/**
 * xterm.js yields to the page between writes only, once 12 ms are over; of the slowest output (3-byte lines, 4 MB/s)
 * this is 1 ms. Acks come in steps of it.
 */
const PIECE_BYTES = 4 * 1_024;
const NOTHING = new Uint8Array(0);

/** Cuts a stream of bytes, however it comes, into pieces for an emulator that cut no character. */
export interface Pieces {
  /** The beginning of a character whose rest has not come: at most three bytes. */
  readonly heldBytes: number;
  push(bytes: Uint8Array): Uint8Array[];
  /** What comes next does not go on from what came last. */
  restart(): void;
}

export function createPieces(): Pieces {
  let held: Uint8Array = NOTHING;
  return {
    get heldBytes() {
      return held.length;
    },
    push(bytes) {
      const whole = held.length === 0 ? bytes : joined(held, bytes);
      const end = characterBoundary(whole, whole.length);
      held = end === whole.length ? NOTHING : whole.slice(end);
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < end; ) {
        const to = end - at <= PIECE_BYTES ? end : characterBoundary(whole, at + PIECE_BYTES);
        pieces.push(whole.subarray(at, to));
        at = to;
      }
      return pieces;
    },
    restart() {
      held = NOTHING;
    },
  };
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}
