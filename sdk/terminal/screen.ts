import type { StreamPosition } from "./feed.ts";
import { createPieces } from "./pieces.ts";
import type { TerminalLike } from "./terminal-like.ts";
import { emptyWriteQueue } from "./write-queue.ts";

type Step =
  | { readonly kind: "write"; readonly bytes: Uint8Array; readonly end: StreamPosition | undefined }
  | { readonly kind: "resize"; readonly cols: number; readonly rows: number };

/**
 * Feeds an emulator in order. xterm.js parses writes later but resizes at once, so a resize waits here until
 * every byte before it is parsed, and everything after it waits for the resize.
 */
export interface Screen {
  /** Queues bytes of the stream; `end` is the place after them. */
  write(bytes: Uint8Array, end: StreamPosition): void;
  /**
   * Queues what brings any emulator to its state at `at`, once all of it is parsed. While it is being unpacked,
   * whatever comes after it waits; unpacking that fails is told, and looks like an emulator that stopped.
   */
  restore(bytes: Uint8Array | Promise<Uint8Array>, at: StreamPosition): void;
  resize(cols: number, rows: number): void;
  /** The size the emulator has once all that was queued is done. */
  isSized(cols: number, rows: number): boolean;
  /** Pieces that the emulator was given and has not parsed, and what is being unpacked for it. */
  readonly unparsed: number;
  /** Pieces that the emulator has parsed. */
  readonly parsed: number;
  /** Gives up all that was queued, so that a wedged emulator takes a snapshot; false where there is no way to. */
  startOver(): boolean;
  /** Nothing more is written, and no callback is heard. */
  dispose(): void;
}

export interface ScreenOptions {
  readonly terminal: TerminalLike;
  /** The place in the stream after each parsed piece. */
  onParsed(end: StreamPosition): void;
  /** The emulator threw while it parsed: it parses nothing any more. */
  onError(error: unknown): void;
}

export function createScreen({ terminal, onParsed, onError }: ScreenOptions): Screen {
  const held: Step[] = [];
  const pieces = createPieces();
  let unparsed = 0;
  let parsed = 0;
  let isDisposed = false;
  /** Rises when what was given is given up: the callbacks of it are not ours any more. */
  let generation = 0;
  /** What came since a state that is being unpacked, and the size it ends with. */
  let waiting: (() => void)[] | undefined;
  let waitingSize: { readonly cols: number; readonly rows: number } | undefined;

  const give = (bytes: Uint8Array, end: StreamPosition | undefined): void => {
    const givenIn = generation;
    unparsed += 1;
    const done = (): void => {
      if (isDisposed || givenIn !== generation) return;
      unparsed -= 1;
      parsed += 1;
      if (end !== undefined) onParsed(end);
      pump();
    };
    try {
      // After a key press xterm.js parses within the call.
      terminal.write(bytes, done);
    } catch (error) {
      onError(error);
    }
  };

  const pump = (): void => {
    for (let step = held[0]; step !== undefined && !isDisposed; step = held[0]) {
      if (step.kind === "write") {
        held.shift();
        give(step.bytes, step.end);
      } else if (unparsed === 0) {
        held.shift();
        if (terminal.cols !== step.cols || terminal.rows !== step.rows) terminal.resize(step.cols, step.rows);
      } else return;
    }
  };

  const queue = (...steps: Step[]): void => {
    if (isDisposed) return;
    const isWaiting = held.length > 0;
    held.push(...steps);
    if (!isWaiting) pump();
  };

  const inOrder = (task: () => void): void => {
    if (isDisposed) return;
    if (waiting === undefined) task();
    else waiting.push(task);
  };

  const goOn = (): void => {
    const tasks = waiting ?? [];
    waiting = undefined;
    waitingSize = undefined;
    // One of them may be another state to unpack: the others wait for that one then.
    for (const task of tasks) inOrder(task);
  };

  const restore = (bytes: Uint8Array, { epoch, offset }: StreamPosition): void => {
    pieces.restart();
    const whole = pieces.push(bytes);
    const end = { epoch, offset: offset - pieces.heldBytes };
    const step = (piece: Uint8Array, index: number): Step => ({
      kind: "write",
      bytes: piece,
      end: index === whole.length - 1 ? end : undefined,
    });
    queue(...whole.map(step));
  };

  const restorePacked = (packed: Promise<Uint8Array>, at: StreamPosition): void => {
    const givenIn = generation;
    const isOurs = (): boolean => !isDisposed && givenIn === generation;
    waiting = [];
    packed.then(
      (bytes) => {
        if (!isOurs()) return;
        restore(bytes, at);
        goOn();
      },
      (error: unknown) => {
        if (isOurs()) onError(error);
      },
    );
  };

  const write = (bytes: Uint8Array, { epoch, offset }: StreamPosition): void => {
    let at = offset - bytes.length - pieces.heldBytes;
    const step = (piece: Uint8Array): Step => {
      at += piece.length;
      return { kind: "write", bytes: piece, end: { epoch, offset: at } };
    };
    queue(...pieces.push(bytes).map(step));
  };

  return {
    write: (bytes, end) => inOrder(() => write(bytes, end)),
    restore(bytes, at) {
      inOrder(() => (bytes instanceof Promise ? restorePacked(bytes, at) : restore(bytes, at)));
    },
    resize(cols, rows) {
      if (waiting !== undefined) waitingSize = { cols, rows };
      inOrder(() => queue({ kind: "resize", cols, rows }));
    },
    isSized(cols, rows) {
      const last = held.findLast((step) => step.kind === "resize");
      const size = waitingSize ?? (last?.kind === "resize" ? last : terminal);
      return size.cols === cols && size.rows === rows;
    },
    get unparsed() {
      return unparsed + (waiting === undefined ? 0 : 1);
    },
    get parsed() {
      return parsed;
    },
    startOver() {
      if (!emptyWriteQueue(terminal)) return false;
      generation += 1;
      held.length = 0;
      unparsed = 0;
      waiting = undefined;
      waitingSize = undefined;
      pieces.restart();
      return true;
    },
    dispose() {
      isDisposed = true;
      held.length = 0;
    },
  };
}
