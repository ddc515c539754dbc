import type { TerminalWatchAck } from "../../../sdk/protocol/index.ts";
import { beginsCharacter, encodeData, scrollbackOf, wholeCharacters } from "./encoding.ts";
import type { Stream } from "./stream.ts";
import type { Cursor } from "./stream-records.ts";
import type { Viewer } from "./viewer.ts";

const CHUNK_BYTES = 64 * 1024;

/** Everything from `since` to the end, when that is kept and no resize lies between; else a snapshot must do. */
export function openWithDelta(
  viewer: Viewer,
  stream: Stream,
  since: { readonly epoch: string; readonly offset: number },
): TerminalWatchAck | undefined {
  const { epoch, log } = stream;
  const at = since.epoch === epoch ? log.cursorAt(since.offset) : undefined;
  if (at === undefined) return undefined;
  const { encoding } = viewer.options;
  const missed = readAll(stream, at);
  if (encoding === "utf8" && !beginsCharacter(missed)) return undefined;
  const bytes = encoding === "utf8" ? missed.subarray(0, wholeCharacters(missed)) : missed;
  const offset = at.offset + bytes.length;
  viewer.place(stream, { offset, marks: at.marks }, log.size, bytes.length);
  const scrollback = encodeData(bytes, encoding);
  return { mode: "delta", ...log.size, epoch, from: at.offset, offset, scrollback };
}

/** @param current the stream of the moment: another epoch may begin while the snapshot is made */
export async function openWithSnapshot(viewer: Viewer, current: () => Stream): Promise<TerminalWatchAck> {
  const { encoding, history, packed } = viewer.options;
  for (;;) {
    const stream = current();
    const made = await stream.log.snapshot(history, packed).catch((error: unknown) => {
      // The log of a stream that is over makes none.
      if (current() === stream) throw error;
    });
    if (made === undefined || current() !== stream) continue;
    const { at, size } = made;
    viewer.place(stream, at, size, made.data.length);
    const { epoch } = stream;
    return { mode: "snapshot", ...size, epoch, offset: at.offset, ...scrollbackOf(made, encoding) };
  }
}

function readAll({ log }: Stream, from: Cursor): Uint8Array {
  const whole = new Uint8Array(log.end - from.offset);
  let at = from;
  for (let piece = log.read(at, CHUNK_BYTES); piece?.kind === "data"; piece = log.read(at, CHUNK_BYTES)) {
    whole.set(piece.bytes, at.offset - from.offset);
    at = piece.next;
  }
  return whole;
}
