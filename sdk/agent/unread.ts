import type { ReadStream } from "node:tty";

/** After the program is gone somebody else may still hold its terminal open; what they print is not waited for. */
const LEFTOVER_MS = 200;

/**
 * Keeps a terminal that is being held back from losing the end of its output: node-pty closes its side 200 ms after
 * the program is gone, or when the other side is, whatever was read or not.
 * @returns whether reading must not be stopped any more
 */
export function keepUnread(socket: ReadStream): () => boolean {
  const destroy = socket.destroy.bind(socket);
  let isLast = false;
  let late: NodeJS.Timeout | undefined;
  socket.once("close", () => clearTimeout(late));
  socket.destroy = (error?: Error) => {
    if (isLast || !socket.isPaused()) return destroy(error);
    isLast = true;
    // What this process has read already: reading it here tells it to whoever listens.
    while (socket.read() !== null);
    if (error !== undefined) return destroy(error);
    // What the system still has: it ends with an error of its own, or is not waited for.
    late = setTimeout(destroy, LEFTOVER_MS);
    return socket.resume();
  };
  return () => isLast;
}
