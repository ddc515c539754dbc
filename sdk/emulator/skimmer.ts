import { joinedBytes } from "./joined-bytes.ts";
import { penBefore } from "./pen-before.ts";
import { characterLength } from "./utf8-character.ts";
import { CSI_PARAM, ESCAPE, GROUND } from "./vt-states.ts";

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
const TAB = 0x09;
const ESC = 0x1b;
/** CAN, CR: what the emulator has may end within a sequence. */
const FIRST_COLUMN = new Uint8Array([0x18, RETURN]);

/** @param scrollback lines the terminal keeps above the screen */
export function createSkimmer(scrollback: number): Skimmer {
  let linesKept = LEAST_LINES;
  let isPlain = false;
  /** What comes before the first piece, where others were dropped. */
  let lead: Uint8Array = NOTHING;
  let pieces: Piece[] = [];
  let heldBytes = 0;
  let lineFeeds = 0;
  /** Of the parser, after everything taken; and the sequence it is in. */
  let state = GROUND;
  let open: Uint8Array = NOTHING;
  /** The SGR sequences since the last reset, or since the emulator last had its turn; undefined: too many. */
  let pen: Uint8Array | undefined = NOTHING;

  /** The piece that `bytes` make, if they are plain; what is known of the stream moves on only then. */
  function scan(bytes: Uint8Array): Piece | undefined {
    const end = bytes.length;
    let now = state;
    let from = -open.length;
    let feeds = 0;
    let cut = -1;
    let cutLineFeeds = 0;
    for (let at = 0; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (now === GROUND) {
        if (byte >= 0x20 && byte < 0x7f) continue;
        if (byte === ESC) {
          now = ESCAPE;
          from = at;
        } else if (byte === LINE_FEED) {
          feeds += 1;
          if (cut < 0 && at > 0 && bytes[at - 1] === RETURN) {
            cut = at + 1;
            cutLineFeeds = feeds;
          }
        } else if (byte >= 0x80) {
          const length = characterLength(bytes, at, end);
          // U+0080–U+009F are controls.
          if (length <= 0 || (byte === 0xc2 && (bytes[at + 1] ?? 0) < 0xa0)) return undefined;
          at += length - 1;
        } else if (byte !== RETURN && byte !== TAB) return undefined;
      } else if (byte === ESC) {
        now = ESCAPE;
        from = at;
      } else if (now === ESCAPE) {
        if (byte !== 0x5b) return undefined;
        now = CSI_PARAM;
      } else if (byte === 0x6d || byte === 0x4b) now = GROUND;
      else if (byte < 0x30 || byte > 0x3b || at - from > MAX_SEQUENCE) return undefined;
    }
    const before = { pen, open };
    const cutPen = cut < 0 ? undefined : penBefore(bytes, cut, before);
    pen = penBefore(bytes, end, before);
    open = now === GROUND ? NOTHING : from < 0 ? joinedBytes(open, bytes) : bytes.slice(from);
    state = now;
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
      state = GROUND;
      open = NOTHING;
      pen = NOTHING;
    },
  };
}
