import { Fault } from "../fault.ts";

/**
 * Whether a record at `offset` is new, by what was received; without an offset it always is.
 * @throws Fault `CONFLICT` with `details.offset` when bytes before it are missing
 */
export function isNew(offset: number | undefined, received: number): boolean {
  if (offset === undefined) return true;
  if (offset > received) {
    throw new Fault("CONFLICT", "Output before this offset is missing", { details: { offset: received } });
  }
  return offset === received;
}

/** The part of a chunk that was not received yet. @throws Fault as `isNew` */
export function unseen(bytes: Uint8Array, offset: number | undefined, received: number): Uint8Array {
  if (isNew(offset, received)) return bytes;
  return bytes.subarray(Math.min(bytes.length, received - (offset ?? received)));
}
