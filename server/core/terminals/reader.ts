import { type Encoding, wholeCharacters } from "./encoding.ts";
import type { Size } from "./size.ts";
import type { StreamLog } from "./stream-log.ts";
import type { Cursor } from "./stream-records.ts";

/** A place in a stream, as one viewer was told: strings carry whole characters only. */
export interface Reader {
  /** Offset up to which the viewer has been given everything. */
  readonly position: number;
  readonly size: Size;
  /** Bytes of the log that were not read. */
  waiting(log: StreamLog): number;
  isKept(log: StreamLog): boolean;
  move(to: Cursor, size: Size): void;
  /** The resize that comes next, if one does. */
  resize(log: StreamLog): Size | undefined;
  /** What comes next, about `maxBytes` of it; `undefined` while it is only the beginning of a character. */
  data(log: StreamLog, maxBytes: number): { readonly offset: number; readonly bytes: Uint8Array } | undefined;
}

export function createReader(encoding: Encoding): Reader {
  let cursor: Cursor = { offset: 0, marks: 0 };
  let size: Size = { cols: 0, rows: 0 };
  /** The beginning of a character, which a string cannot carry: at most three bytes. */
  let carry = new Uint8Array(0);

  return {
    get position() {
      return cursor.offset - carry.length;
    },
    get size() {
      return size;
    },
    waiting: (log) => log.end - cursor.offset,
    isKept: (log) => cursor.offset >= log.start,
    move(to, toSize) {
      cursor = to;
      size = toSize;
      carry = new Uint8Array(0);
    },
    resize(log) {
      const piece = log.read(cursor, 1);
      if (piece?.kind !== "resize") return undefined;
      cursor = piece.next;
      size = piece.size;
      return size;
    },
    data(log, maxBytes) {
      const piece = log.read(cursor, Math.max(1, maxBytes - carry.length));
      if (piece?.kind !== "data") return undefined;
      const offset = cursor.offset - carry.length;
      const bytes = carry.length === 0 ? piece.bytes : joined(carry, piece.bytes);
      const length = encoding === "utf8" ? wholeCharacters(bytes) : bytes.length;
      cursor = piece.next;
      carry = bytes.slice(length);
      return length === 0 ? undefined : { offset, bytes: bytes.subarray(0, length) };
    },
  };
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}
