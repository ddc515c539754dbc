import type { TerminalData, TerminalSnapshot } from "../../../sdk/protocol/index.ts";
import type { StreamSnapshot } from "./stream-records.ts";

export type Encoding = "utf8" | "binary";

// A byte order mark is a character like any other here: taken off, every offset after it would be wrong.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Strings count as their UTF-8 bytes. */
export function toBytes(data: TerminalData): Uint8Array {
  return typeof data === "string" ? encoder.encode(data) : data;
}

export function encodeData(data: TerminalData, encoding: Encoding): TerminalData {
  if (encoding === "binary") return toBytes(data);
  return typeof data === "string" ? data : decoder.decode(data);
}

/** What brings a viewer to a state, as it is sent. */
export function scrollbackOf(
  { data, isPacked }: Pick<StreamSnapshot, "data" | "isPacked">,
  encoding: Encoding,
): Pick<TerminalSnapshot, "scrollback" | "packed"> {
  return isPacked ? { scrollback: data, packed: true } : { scrollback: encodeData(data, encoding) };
}

/** Whether a string can begin here: not in the middle of a character. */
export function beginsCharacter(bytes: Uint8Array): boolean {
  const first = bytes[0];
  return first === undefined || (first & 0xc0) !== 0x80;
}

/** How many of the bytes are whole characters; at most the last three can be the beginning of one that is not. */
export function wholeCharacters(bytes: Uint8Array): number {
  const { length } = bytes;
  for (let back = 1; back <= 3 && back <= length; back += 1) {
    const byte = bytes[length - back] ?? 0;
    if (byte < 0x80) return length;
    if (byte >= 0xc0) return back < sizeOf(byte) ? length - back : length;
  }
  return length;
}

function sizeOf(lead: number): number {
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}
