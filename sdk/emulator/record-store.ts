import { createByteRing } from "./byte-ring.ts";
import type { TerminalCursor, TerminalMark, TerminalRecord } from "./terminal-record.ts";
import { characterBoundary } from "./utf8-character.ts";

/** The newest records of a terminal. */
export interface RecordStore {
  readonly tail: number;
  readonly head: number;
  /** What is kept besides bytes counts as this many. */
  readonly markBytes: number;
  readonly memoryBytes: number;
  readonly isPacked: boolean;
  append(bytes: Uint8Array): void;
  /** Puts a resize or an exit at the head. */
  mark(mark: TerminalMark): void;
  /** The place before whatever comes at `offset`. */
  cursorAt(offset: number): TerminalCursor;
  /** The place after everything. */
  end(): TerminalCursor;
  /**
   * Records from `from` on, with at most `maxBytes` (4 or more) of data, up to `until`; data is cut at characters and
   * at resizes. Undefined when `from` is not kept.
   */
  read(from: TerminalCursor, maxBytes: number, until?: number): RecordSlice | undefined;
  /** The last offset up to this one, both kept, that cuts no character. */
  characterBefore(offset: number): number;
  /** Whether a resize lies after the bytes that follow `offset` have begun. */
  hasResizeAfter(offset: number): boolean;
  evict(tail: number): void;
  pack(pack: (bytes: Uint8Array) => Uint8Array, unpack: (bytes: Uint8Array) => Uint8Array): void;
}

export interface RecordSlice {
  readonly records: readonly TerminalRecord[];
  /** Where to read on. */
  readonly next: TerminalCursor;
}

interface KeptMark {
  /** Counts up with every mark; a cursor tells by it which marks of its offset it has behind it. */
  readonly sequence: number;
  readonly mark: TerminalMark;
}

/** What a mark counts as beside bytes, about what it takes. */
const MARK_BYTES = 64;

const MAX_MARKS_AT_OFFSET = 100;

export function createRecordStore(offset = 0): RecordStore {
  const ring = createByteRing(offset);
  let marks: KeptMark[] = [];
  let nextSequence = 0;

  return {
    get tail() {
      return ring.tail;
    },
    get head() {
      return ring.head;
    },
    get markBytes() {
      return marks.length * MARK_BYTES;
    },
    get memoryBytes() {
      return ring.memoryBytes + marks.length * MARK_BYTES;
    },
    get isPacked() {
      return ring.isPacked;
    },
    append: ring.append,
    mark(mark) {
      const many = marks.at(-MAX_MARKS_AT_OFFSET)?.mark;
      // Without output in between nothing is evicted, so the sizes a terminal had in the meantime have to go.
      if (mark.kind === "resize" && many?.offset === mark.offset) marks.pop();
      marks.push({ sequence: nextSequence, mark });
      nextSequence += 1;
    },
    cursorAt: (at) => ({
      offset: at,
      marks: marks.find(({ mark }) => mark.offset >= at)?.sequence ?? nextSequence,
    }),
    end: () => ({ offset: ring.head, marks: nextSequence }),
    read(from, maxBytes, until = ring.head) {
      if (from.offset < ring.tail || from.offset > ring.head) return undefined;
      const records: TerminalRecord[] = [];
      let { offset: at, marks: sequence } = from;
      let left = maxBytes;
      const ahead = marks.filter((kept) => kept.sequence >= from.marks && kept.mark.offset >= from.offset);
      for (let index = 0; ; ) {
        const kept = ahead[index];
        if (kept && kept.mark.offset <= at) {
          records.push(kept.mark);
          sequence = kept.sequence + 1;
          index += 1;
          continue;
        }
        const end = Math.min(until, kept?.mark.offset ?? ring.head, at + left);
        if (end <= at) break;
        const bytes = ring.slice(at, end);
        const isCut = end !== until && end !== kept?.mark.offset;
        const whole = isCut ? characterBoundary(bytes, bytes.length) : bytes.length;
        if (whole === 0) break;
        records.push({ kind: "data", offset: at, bytes: bytes.subarray(0, whole) });
        at += whole;
        left -= whole;
      }
      return { records, next: { offset: at, marks: sequence } };
    },
    characterBefore(at) {
      const from = Math.max(ring.tail, at - 4);
      return from + characterBoundary(ring.slice(from, at), at - from);
    },
    hasResizeAfter: (at) => marks.some(({ mark }) => mark.kind === "resize" && mark.offset > at),
    evict(tail) {
      ring.evict(tail);
      marks = marks.filter(({ mark }) => mark.offset >= ring.tail);
    },
    pack: ring.pack,
  };
}
