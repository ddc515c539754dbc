import { joinedBytes } from "./joined-bytes.ts";
import { penBefore } from "./pen-before.ts";
import { characterLength } from "./utf8-character.ts";

/**
 * Holds back plain output (text, tabs, new lines, SGR, EL) on its way to an emulator, and drops what has scrolled out
 * of the terminal's memory before anybody looked: of a flood only the last lines are ever parsed. The emulator's state
 * afterwards is the same in every part.
 *
 * Why that is exact: with no margins set, `scrollback + 2 * rows` line feeds leave no line that was there before, plain
 * output moves nothing but the cursor and the pen, the cursor's column is known after CR LF, and the pen is told again.
 */
export interface Skimmer {
  readonly isEmpty: boolean;
  /**
   * Takes whole characters, or nothing when they are not plain, when there is no room, or when the emulator must come
   * first: then parse what {@link shift} gives, until it is empty.
   */
  take(bytes: Uint8Array): boolean;
  /** What to parse next. */
  shift(): Uint8Array | undefined;
  /** Nothing is held back; the emulator is in a state where plain output is predictable, or not, and of that size. */
  restart(isPlain: boolean, rows: number): void;
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly lineFeeds: number;
  /** The first place after CR LF, -1 where there is none, and what makes the pen there, if that is known. */
  readonly cut: number;
  readonly cutLineFeeds: number;
  readonly pen: Uint8Array | undefined;
}

/** Longer lines than this times their number are parsed as they come. */
const MAX_BYTES = 512 * 1024;
/** Line feeds that restore every budget the guards keep (`guards.ts`), with some to spare. */
const LEAST_LINES = 600;
const MAX_SEQUENCE = 32;
const NOTHING = new Uint8Array(0);
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const ESC = 0x1b;
/** CAN, CR: what the emulator has may end within a sequence. */
const FIRST_COLUMN = new Uint8Array([0x18, RETURN]);

/** What is text to the emulator and needs no second look: printable ASCII, tab and return. */
const TEXT = 1;
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === RETURN ? TEXT : 0,
);

/** @param scrollback lines the terminal keeps above the screen */
export function createSkimmer(scrollback: number): Skimmer {
  let linesKept = LEAST_LINES;
  let isPlain = false;
  /** What comes before the first piece, where others were dropped. */
  let lead: Uint8Array = NOTHING;
  let pieces: Piece[] = [];
  let heldBytes = 0;
  let lineFeeds = 0;
  /** The sequence that what was taken ends in. */
  let open: Uint8Array = NOTHING;
  /** The SGR sequences since the last reset, or since the emulator last had its turn; undefined: too many. */
  let pen: Uint8Array | undefined = NOTHING;

  /** The piece that `bytes` make, if they are plain; what is known of the stream moves on only then. */
  function scan(bytes: Uint8Array): Piece | undefined {
    const end = bytes.length;
    let at = 0;
    let unfinished: Uint8Array = NOTHING;
    if (open.length > 0) {
      const whole = joinedBytes(open, bytes.subarray(0, MAX_SEQUENCE));
      const length = plainSequence(whole, 0);
      if (length === 0) return undefined;
      if (length > whole.length) unfinished = whole;
      at = Math.min(end, length - open.length);
    }
    let feeds = 0;
    let cut = -1;
    let cutLineFeeds = 0;
    for (;;) {
      at = textEnd(bytes, at, end);
      if (at >= end) break;
      const byte = bytes[at] ?? 0;
      if (byte === LINE_FEED) {
        feeds += 1;
        at += 1;
        if (cut < 0 && at > 1 && bytes[at - 2] === RETURN) {
          cut = at;
          cutLineFeeds = feeds;
        }
      } else {
        const length = byte === ESC ? plainSequence(bytes, at) : plainCharacter(bytes, at);
        if (length === 0) return undefined;
        if (at + length > end) unfinished = bytes.slice(at);
        at += length;
      }
    }
    const before = { pen, open };
    const cutPen = cut < 0 ? undefined : penBefore(bytes, cut, before);
    pen = penBefore(bytes, end, before);
    open = unfinished;
    return { bytes, lineFeeds: feeds, cut, cutLineFeeds, pen: cutPen };
  }

  /** Drops the oldest as long as enough line feeds stay. */
  function prune(): void {
    for (;;) {
      const index = pieces.findIndex(({ pen: known }, at) => at > 0 && known !== undefined);
      const piece = pieces[index];
      if (piece?.pen === undefined) return;
      const dropped = pieces.slice(0, index);
      const droppedFeeds = dropped.reduce((sum, each) => sum + each.lineFeeds, piece.cutLineFeeds);
      if (lineFeeds - droppedFeeds < linesKept) return;
      lead = joinedBytes(FIRST_COLUMN, piece.pen);
      const rest = piece.lineFeeds - piece.cutLineFeeds;
      pieces.splice(0, index + 1, {
        ...piece,
        bytes: piece.bytes.subarray(piece.cut),
        lineFeeds: rest,
        pen: undefined,
      });
      heldBytes -= dropped.reduce((sum, { bytes }) => sum + bytes.length, piece.cut);
      lineFeeds -= droppedFeeds;
    }
  }

  return {
    get isEmpty() {
      return pieces.length === 0;
    },
    take(bytes) {
      if (!isPlain || heldBytes + bytes.length > MAX_BYTES) return false;
      const piece = scan(bytes);
      if (piece === undefined) return false;
      pieces.push(piece);
      heldBytes += bytes.length;
      lineFeeds += piece.lineFeeds;
      prune();
      return true;
    },
    shift() {
      if (lead.length > 0) {
        const first = lead;
        lead = NOTHING;
        return first;
      }
      const piece = pieces.shift();
      if (piece === undefined) return undefined;
      heldBytes -= piece.bytes.length;
      lineFeeds -= piece.lineFeeds;
      return piece.bytes;
    },
    restart(plain, rows) {
      isPlain = plain;
      linesKept = Math.max(LEAST_LINES, scrollback + 2 * rows + 1);
      lead = NOTHING;
      pieces = [];
      heldBytes = 0;
      lineFeeds = 0;
      open = NOTHING;
      pen = NOTHING;
    },
  };
}

/** Where what is no text begins. A function of its own: most bytes are looked at here only, and by better code so. */
function textEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && KINDS[bytes[at] ?? 0] === TEXT) at++;
  return at;
}

/**
 * Length of the SGR or EL at `at`, up to the ESC that breaks it off, and longer than what is there if it is cut; 0 for
 * any other sequence.
 */
function plainSequence(bytes: Uint8Array, at: number): number {
  const end = Math.min(bytes.length, at + MAX_SEQUENCE);
  let final = at + 1;
  if (final < end && bytes[final] === 0x5b) final += 1;
  else if (final < end && bytes[final] !== ESC) return 0;
  while (final < end && (bytes[final] ?? 0) >= 0x30 && (bytes[final] ?? 0) <= 0x3b) final++;
  if (final === at + MAX_SEQUENCE) return 0;
  const byte = bytes[final];
  if (byte === ESC) return final - at;
  return final === end || byte === 0x6d || byte === 0x4b ? final + 1 - at : 0;
}

/** Length of the character at `at`; 0 for a control character: those above ASCII are U+0080–U+009F. */
function plainCharacter(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] ?? 0;
  const isControl = byte < 0x80 || (byte === 0xc2 && (bytes[at + 1] ?? 0) < 0xa0);
  return isControl ? 0 : Math.max(0, characterLength(bytes, at, bytes.length));
}
