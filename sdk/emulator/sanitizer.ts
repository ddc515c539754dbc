import { ANY_LIMIT, COUNT_LIMIT, clampNumbers, countLimit, harmlessSequence } from "./csi-limits.ts";
import { characterLength, codePointAt } from "./utf8-character.ts";
import {
  beginsSequence,
  CSI_ENTRY,
  CSI_INTERMEDIATE,
  CSI_PARAM,
  GROUND,
  NEXT_STATE,
  OTHER_STRING,
  WIDE_CLASS,
} from "./vt-states.ts";
import { isZeroWidth } from "./zero-width.ts";

const ESC = 0x1b;
const CANCEL = 0x18;
const NUL = 0x00;
const QUESTION_MARK = 0x3f;
const MAX_HELD_BYTES = 64;
/** Twice the 30 that Unicode's stream-safe text allows (UAX 15, section 13): a cell must not grow for ever. */
const MAX_JOINED = 60;

export interface SanitizerOptions {
  /** Size of the terminal, for the clamps of counts. Default 1,000 × 1,000. */
  cols?: number;
  rows?: number;
  /** Bytes after which a string is closed in place. Default 64 KiB. */
  maxStringBytes?: number;
}

export interface Sanitizer {
  /** The bytes that may be given offsets now: what was held before, then `bytes` without what is held from here on. */
  push(bytes: Uint8Array): Uint8Array;
  /** Releases what is held, made harmless. For the owner of the 100 ms timer. */
  flush(): Uint8Array;
  /** Follows the terminal's size. */
  resize(cols: number, rows: number): void;
  /** 64 at most. */
  readonly heldBytes: number;
}

/** What is known of the sequence or string the stream is in. */
interface Progress {
  state: number;
  /** Of the sequence or string so far. */
  bytes: number;
  /** The string is over its bound: closed in the output, swallowed to its end here. */
  isDraining: boolean;
  /** Without prefix and intermediates: its final byte decides what its numbers count. */
  isPlain: boolean;
  /** Largest number released before the final byte was known. */
  released: number;
  /** Value of a number that was released while open, else -1: it can grow no further than the limit. */
  open: number;
}

/**
 * Makes a terminal's output harmless to emulators without changing its length (protocol section 8): numbers too
 * large, bytes that are not UTF-8, endless strings and endless combining characters are overwritten in place.
 * What is clean passes untouched and uncopied.
 *
 *     ground --ESC, C1--> sequence --final--> ground        held at a chunk's end, whole, up to 64 bytes
 *     ground --ESC ]----> string --BEL, ST--> ground        over its bound: CAN, then NUL to its terminator
 */
export function createSanitizer(options: SanitizerOptions = {}): Sanitizer {
  let { cols = COUNT_LIMIT, rows = COUNT_LIMIT } = options;
  const { maxStringBytes = 64 * 1024 } = options;
  let held: Uint8Array = new Uint8Array(0);
  let joined = 0;
  let now: Progress = {
    state: GROUND,
    bytes: 0,
    isDraining: false,
    isPlain: true,
    released: 0,
    open: -1,
  };

  function run(input: Uint8Array, isLast: boolean): Uint8Array {
    const end = input.length;
    let output = input;
    const overwrite = (from: number, length: number, byte: number): void => {
      if (output === input) output = input.slice();
      output.fill(byte, from, from + length);
    };
    const clamp = (from: number, to: number, limit: number): void => {
      if (output === input) output = input.slice();
      clampNumbers(output, from, to, limit);
    };

    let at = 0;
    // Where the sequence that may be held began in this input, and what was known before it.
    let start = now.state === GROUND || now.state >= OTHER_STRING ? -1 : 0;
    let before: Progress = { ...now };
    let value = 0;
    let largest = 0;
    let isNumberOpen = false;

    while (at < end) {
      if (now.state === GROUND) {
        const from = at;
        at = calmEnd(input, at, end);
        if (at > from) joined = 0;
        if (at === end) break;
      }
      let byte = input[at] ?? 0;
      let length = 1;
      let code = byte;
      if (byte >= 0x80) {
        length = characterLength(input, at, end);
        if (length === -1 && !isLast) break;
        if (length <= 0) {
          overwrite(at, 1, QUESTION_MARK);
          length = 1;
          byte = QUESTION_MARK;
          code = byte;
        } else {
          code = codePointAt(input, at, length);
        }
      }
      const { state } = now;
      // The emulator's decoder drops a byte order mark: no state sees it.
      if (code === 0xfeff) {
        at += length;
        continue;
      }
      if (state === GROUND && code >= WIDE_CLASS) {
        joined = isZeroWidth(code) ? joined + 1 : 0;
        if (joined > MAX_JOINED) overwrite(at, length, NUL);
        at += length;
        continue;
      }
      joined = 0;

      if (beginsSequence(code)) {
        before = { ...now };
        now = { state, bytes: 0, isDraining: false, isPlain: true, released: 0, open: -1 };
        start = at;
        largest = 0;
        value = 0;
        isNumberOpen = false;
      } else if (now.isDraining) {
        overwrite(at, length, NUL);
      } else if (now.bytes >= maxStringBytes && nextState(state, code) !== GROUND) {
        overwrite(at, length, NUL);
        overwrite(at, 1, CANCEL);
        if (state >= OTHER_STRING) now.isDraining = true;
        else code = CANCEL;
      } else if (state === CSI_ENTRY || state === CSI_PARAM) {
        if (byte >= 0x30 && byte <= 0x39) {
          if (now.open >= 0) {
            const grown = now.open * 10 + byte - 0x30;
            if (grown > blindLimit(now)) overwrite(at, 1, NUL);
            else now.open = grown;
            now.released = Math.max(now.released, now.open);
          } else {
            value = Math.min(value * 10 + byte - 0x30, 1e9);
            largest = Math.max(largest, value);
            isNumberOpen = true;
          }
        } else if (byte >= 0x20) {
          if (byte === 0x3a || byte === 0x3b) {
            value = 0;
            now.open = -1;
            isNumberOpen = false;
          } else if (byte < 0x40) {
            now.isPlain = false;
          }
        }
      }

      const next = nextState(state, code);
      if (next === GROUND && code >= 0x40 && code < 0x7f && state >= CSI_ENTRY && state <= CSI_INTERMEDIATE) {
        const limit = now.isPlain ? countLimit(code, cols, rows) : ANY_LIMIT;
        if (largest > limit && start >= 0) clamp(start, at, limit);
        if (now.released > limit) overwrite(at, 1, CANCEL);
      }
      at += length;
      now.bytes += length;
      now.state = next;
      if (next === GROUND) now.isDraining = false;
      if (next === GROUND || next >= OTHER_STRING) start = -1;
    }
    return keep(at);

    /** Cuts off what must wait for the next chunk. `whole` is where an unfinished character begins. */
    function keep(whole: number): Uint8Array {
      let from = start >= 0 ? start : whole;
      if (start >= 0 && (isLast || end - start > MAX_HELD_BYTES)) {
        if (now.state === CSI_ENTRY || now.state === CSI_PARAM || now.state === CSI_INTERMEDIATE) {
          const limit = blindLimit(now);
          if (largest > limit) clamp(start, whole, limit);
          now.released = Math.max(now.released, Math.min(largest, limit));
          if (isNumberOpen && now.state === CSI_PARAM) now.open = Math.min(value, limit);
        }
        from = whole;
      } else if (start >= 0) {
        now = before;
      }
      held = output.slice(from);
      return output.subarray(0, from);
    }
  }

  return {
    push(bytes) {
      if (held.length === 0) return run(bytes, false);
      const input = new Uint8Array(held.length + bytes.length);
      input.set(held);
      input.set(bytes, held.length);
      return run(input, false);
    },
    flush() {
      return run(held, true);
    },
    resize(newCols, newRows) {
      cols = newCols;
      rows = newRows;
    },
    get heldBytes() {
      return held.length;
    },
  };
}

/**
 * Where that begins of which something has to be remembered: most output by far is ASCII, whole characters that take
 * cells of their own, and sequences that are whole, small and count nothing.
 */
function calmEnd(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; ; ) {
    at = asciiEnd(bytes, at, end);
    if (at === end) return end;
    const length = bytes[at] === ESC ? harmlessSequence(bytes, at, end) : calmCharacter(bytes, at, end);
    if (length === 0) return at;
    at += length;
  }
}

function asciiEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] ?? 0) < 0x80 && bytes[at] !== ESC) at++;
  return at;
}

/** The length of the character at `at`, 0 if it is not whole, a control or joins the one before it. */
function calmCharacter(bytes: Uint8Array, at: number, end: number): number {
  const length = characterLength(bytes, at, end);
  if (length <= 0) return 0;
  const code = codePointAt(bytes, at, length);
  return code < WIDE_CLASS || isZeroWidth(code) ? 0 : length;
}

function nextState(state: number, code: number): number {
  return NEXT_STATE[(state << 8) | (code < WIDE_CLASS ? code : WIDE_CLASS)] ?? GROUND;
}

/** For numbers that are released before their final byte: safe for whatever may follow, and no other mode's number. */
function blindLimit({ isPlain }: Progress): number {
  return isPlain ? COUNT_LIMIT : ANY_LIMIT;
}
