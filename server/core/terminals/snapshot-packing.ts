import type { Emulator } from "./emulator.ts";

/** In characters. A smaller snapshot fits two packets as it is. */
const LEAST_LENGTH = 2 * 1024;

/** Packs a snapshot once for all who get it; `undefined` where nothing packs, or it is not worth it. */
export type SnapshotPacking = (snapshot: { readonly data: string }) => Promise<Uint8Array> | undefined;

export function createSnapshotPacking(emulator: Pick<Emulator, "deflate"> | undefined): SnapshotPacking {
  const encoder = new TextEncoder();
  const known = new WeakMap<object, Promise<Uint8Array>>();
  return (snapshot) => {
    if (emulator?.deflate === undefined || snapshot.data.length < LEAST_LENGTH) return undefined;
    const packed = known.get(snapshot) ?? emulator.deflate(encoder.encode(snapshot.data));
    known.set(snapshot, packed);
    return packed;
  };
}
