import { deflateRawSync, inflateRawSync } from "node:zlib";
import { createMirror } from "../sdk/emulator/mirror.ts";
import type { Emulator } from "./core/terminals/emulator.ts";

/** Fast rather than small: terminals repeat themselves, and are unpacked when somebody waits. */
const PACKING = { level: 1 } as const;

/** Screens kept by @xterm/headless in this thread, in slices of bounded time; idle ones are deflated. */
export function createMirrorEmulator(): Emulator {
  return {
    createMirror: (start) => createMirror(start),
    pack: (bytes) => deflateRawSync(bytes, PACKING),
    unpack: (bytes) => inflateRawSync(bytes),
  };
}
