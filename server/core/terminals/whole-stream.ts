import type { TerminalCursor, TerminalRecord } from "../../../sdk/emulator/terminal-record.ts";
import { type Size, sameSize } from "./size.ts";
import type { StreamSnapshot } from "./stream-records.ts";

/** What a snapshot of a stream without an emulator is made from. */
export interface StreamSource {
  readonly tail: number;
  readonly head: number;
  cursorAt(offset: number): TerminalCursor;
  read(
    from: TerminalCursor,
    maxBytes: number,
  ): { readonly records: readonly TerminalRecord[]; readonly next: TerminalCursor } | undefined;
}

/** Ends whatever is open; full reset; then what RIS leaves alone: cursor, line mode, title. */
const RESET = "\x18\x1bc\x1b[?25h\x1b[20l\x1b]0;\x1b\\";
/** Sizes remembered; a stream of nothing but resizes must not grow for ever, and the oldest go first. */
const MAX_SIZES = 1_000;

/**
 * Snapshots without an emulator: the stream itself, up to its first resize, from where the viewer goes on by records.
 * Exact while all of it is kept; once the oldest output is gone, so is the state it made.
 */
export interface WholeStream {
  resized(offset: number, size: Size): void;
  snapshot(): StreamSnapshot;
}

export function createWholeStream(
  source: StreamSource,
  size: Size,
  screen: Uint8Array | undefined,
): WholeStream {
  const begin = source.tail;
  const encoder = new TextEncoder();
  let sizes: { readonly offset: number; readonly size: Size }[] = [{ offset: -1, size }];

  const sizeAt = (offset: number): Size => {
    const before = sizes.findLastIndex((entry) => entry.offset < offset);
    sizes = sizes.slice(Math.max(0, before));
    return sizes[0]?.size ?? size;
  };

  return {
    resized(offset, to) {
      if (!sameSize(sizes.at(-1)?.size ?? size, to)) sizes.push({ offset, size: to });
      if (sizes.length > MAX_SIZES) sizes.shift();
    },
    snapshot() {
      const { tail } = source;
      const parts = [tail === begin && screen !== undefined ? screen : encoder.encode(RESET)];
      let at = source.cursorAt(tail);
      const { records = [] } = source.read(at, Math.max(4, source.head - tail)) ?? {};
      for (const record of records) {
        if (record.kind !== "data") break;
        parts.push(record.bytes);
        at = { offset: record.offset + record.bytes.length, marks: at.marks };
      }
      return { at, size: sizeAt(tail), data: concat(parts) };
    },
  };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
