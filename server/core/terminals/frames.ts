import { type Encoding, encodeData } from "./encoding.ts";
import type { Size } from "./size.ts";
import type { Exit } from "./stream.ts";

export interface Frame {
  readonly event: string;
  readonly payload: unknown;
}

/**
 * The frames of one round of sending. Viewers at the same place get the same object, so that bytes are decoded once
 * and a transport encodes them once.
 */
export interface Frames {
  output(encoding: Encoding, offset: number, bytes: Uint8Array): Frame;
  resized(offset: number, size: Size): Frame;
  exit(offset: number, exit: Exit): Frame;
}

export function createFrames(sessionId: string, epoch: string): Frames {
  const made = new Map<string, Frame>();
  const once = (key: string, make: () => Frame): Frame => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const frame = make();
    made.set(key, frame);
    return frame;
  };
  return {
    output: (encoding, offset, bytes) =>
      once(`${encoding}:${offset}:${bytes.length}`, () => ({
        event: "terminal:output",
        payload: { sessionId, epoch, offset, data: encodeData(bytes, encoding) },
      })),
    resized: (offset, { cols, rows }) =>
      once(`resized:${offset}:${cols}:${rows}`, () => ({
        event: "terminal:resized",
        payload: { sessionId, epoch, offset, cols, rows },
      })),
    exit: (offset, exit) =>
      once(`exit:${offset}`, () => ({
        event: "terminal:exit",
        payload: { sessionId, epoch, offset, ...exit },
      })),
  };
}
