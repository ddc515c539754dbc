import type { StreamPosition } from "./feed.ts";
import type { TerminalLike } from "./terminal-like.ts";

type Step =
  | { readonly kind: "write"; readonly data: string | Uint8Array; readonly end: StreamPosition }
  | { readonly kind: "resize"; readonly cols: number; readonly rows: number };

/**
 * Feeds an emulator in order. xterm.js parses writes later but resizes at once, so a resize waits here until
 * every byte before it is parsed, and everything after it waits for the resize.
 */
export interface Screen {
  /** Queues bytes; `end` is the place in the stream after them. */
  write(data: string | Uint8Array, end: StreamPosition): void;
  resize(cols: number, rows: number): void;
  /** The size the emulator has once all that was queued is done. */
  isSized(cols: number, rows: number): boolean;
  /** Nothing more is written, and no callback is heard. */
  dispose(): void;
  /** When the emulator was given something it has not parsed yet: since when; else undefined. */
  busySince(): number | undefined;
}

/** @param onParsed hears the place in the stream after each parsed write. */
export function createScreen(
  terminal: TerminalLike,
  now: () => number,
  onParsed: (end: StreamPosition) => void,
): Screen {
  const held: Step[] = [];
  let unparsed = 0;
  let progressAt = 0;
  let isDisposed = false;

  const give = (data: string | Uint8Array, end: StreamPosition): void => {
    if (unparsed === 0) progressAt = now();
    unparsed += 1;
    terminal.write(data, () => {
      if (isDisposed) return;
      unparsed -= 1;
      progressAt = now();
      onParsed(end);
      pump();
    });
  };

  const pump = (): void => {
    for (let step = held[0]; step !== undefined && !isDisposed; step = held[0]) {
      if (step.kind === "write") {
        held.shift();
        give(step.data, step.end);
      } else if (unparsed === 0) {
        held.shift();
        if (terminal.cols !== step.cols || terminal.rows !== step.rows) terminal.resize(step.cols, step.rows);
      } else return;
    }
  };

  const queue = (step: Step): void => {
    if (isDisposed) return;
    held.push(step);
    if (held.length === 1) pump();
  };

  return {
    write: (data, end) => queue({ kind: "write", data, end }),
    resize: (cols, rows) => queue({ kind: "resize", cols, rows }),
    dispose() {
      isDisposed = true;
      held.length = 0;
    },
    isSized(cols, rows) {
      const last = held.findLast((step) => step.kind === "resize");
      const size = last?.kind === "resize" ? last : terminal;
      return size.cols === cols && size.rows === rows;
    },
    busySince: () => (unparsed > 0 ? progressAt : undefined),
  };
}
