import type { TerminalData } from "../protocol/index.ts";

/** Terminal data as bytes. Browsers get an `ArrayBuffer` where Node gets a `Uint8Array`; strings count as UTF-8. */
export function bytesOf(data: TerminalData | ArrayBuffer): Uint8Array {
  if (typeof data === "string") return new TextEncoder().encode(data);
  return data instanceof Uint8Array ? data : new Uint8Array(data);
}
