import { promisify } from "node:util";
import { deflateRaw, deflateRawSync, inflateRawSync, type ZlibOptions } from "node:zlib";

/** Fast rather than small: terminals repeat themselves, and are unpacked when somebody waits. */
const OPTIONS = { level: 1 } as const;
const deflated = promisify<Uint8Array, ZlibOptions, Uint8Array>(deflateRaw);

/** Raw deflate, RFC 1951. A copy, since what zlib returns is a view of up to 64 KiB. */
export function pack(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(deflateRawSync(bytes, OPTIONS));
}

/** The same beside the event loop, for what is not kept. */
export function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  return deflated(bytes, OPTIONS);
}

export function unpack(bytes: Uint8Array): Uint8Array {
  return inflateRawSync(bytes);
}
