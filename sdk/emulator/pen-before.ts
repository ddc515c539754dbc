import { joinedBytes } from "./joined-bytes.ts";

/** Sequences without a reset among them, and their bytes: more is given up until the next reset. */
const MAX_SEQUENCES = 64;
const MAX_BYTES = 1_024;
const ESC = 0x1b;
const SGR = 0x6d;
const NOTHING: Uint8Array = new Uint8Array(0);

/** Plain output that goes on. */
export interface PlainStream {
  /** The SGR sequences before it, since the last reset; undefined when they were too many. */
  readonly pen: Uint8Array | undefined;
  /** The sequence that it begins within. */
  readonly open: Uint8Array;
}

/**
 * The SGR sequences that make the pen what it is at `to`, after the last that resets it; undefined when they are too
 * many. Looks from the end, where a reset is seldom far.
 *
 * @param bytes plain output (`skimmer.ts`): text, SGR, EL
 */
export function penBefore(bytes: Uint8Array, to: number, { pen, open }: PlainStream): Uint8Array | undefined {
  const found: Uint8Array[] = [];
  for (let at = to; at > 0; ) {
    at = bytes.lastIndexOf(ESC, at - 1);
    if (at < 0) break;
    const end = endOf(bytes, at, to);
    if (bytes[end - 1] !== SGR) continue;
    const sequence = bytes.subarray(at, end);
    found.push(sequence);
    if (found.length > MAX_SEQUENCES) return undefined;
    if (isReset(sequence)) return inOrder(NOTHING, found);
  }
  if (open.length > 0) {
    const whole = joinedBytes(open, bytes.subarray(0, Math.min(to, bytes.length)));
    const sequence = whole.subarray(0, endOf(whole, 0, whole.length));
    if (sequence.at(-1) === SGR) {
      found.push(sequence);
      if (isReset(sequence)) return inOrder(NOTHING, found);
    }
  }
  return pen && inOrder(pen, found);
}

/** After the last byte of the sequence at `at`, or where it breaks off. */
function endOf(bytes: Uint8Array, at: number, to: number): number {
  let end = at + 2;
  while (end < to && (bytes[end] ?? 0) >= 0x30 && (bytes[end] ?? 0) <= 0x3b) end++;
  return end < to && bytes[at + 1] !== ESC && bytes[end] !== ESC ? end + 1 : Math.min(end, to);
}

/** Whether the SGR sequence begins by forgetting all before. */
function isReset(sequence: Uint8Array): boolean {
  const [, , first, second] = sequence;
  if (first === SGR || first === 0x3b) return true;
  return first === 0x30 && (second === SGR || second === 0x3b);
}

function inOrder(first: Uint8Array, lastFirst: readonly Uint8Array[]): Uint8Array | undefined {
  const length = lastFirst.reduce((sum, part) => sum + part.length, first.length);
  if (length > MAX_BYTES) return undefined;
  const out = new Uint8Array(length);
  out.set(first);
  let at = length;
  for (const part of lastFirst) {
    at -= part.length;
    out.set(part, at);
  }
  return out;
}
