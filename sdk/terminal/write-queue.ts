/** The queue between `write` and the parser of xterm.js 6, which has no public name. */
interface WriteQueue {
  _writeBuffer: unknown[];
  _callbacks: unknown[];
  _pendingData: number;
  _bufferOffset: number;
  write(data: string): void;
}

/** Ends whatever is open, so that a parser that stopped in the middle begins anew. */
const CANCEL = "\x18";

/**
 * Empties the write queue of a terminal. In xterm.js 6.0.0 a handler that throws, or whose promise never settles,
 * stops it for ever: what is queued stays, what is written later is not looked at, and `reset()` changes nothing.
 * @returns whether this is an xterm.js whose queue is known.
 */
export function emptyWriteQueue(terminal: object): boolean {
  // Not part of the public surface: asked for part by part, and left alone where it is another one.
  const queue = (terminal as { _core?: { _writeBuffer?: Partial<WriteQueue> } })._core?._writeBuffer;
  if (!Array.isArray(queue?._writeBuffer) || !Array.isArray(queue._callbacks) || !queue.write) return false;
  queue._writeBuffer.length = 0;
  queue._callbacks.length = 0;
  queue._pendingData = 0;
  queue._bufferOffset = 0;
  // A parser that waits for a handler takes the next write for the rest of what it waited in.
  queue.write(CANCEL);
  return true;
}
