import type { Emulator } from "../../server/core/terminals/emulator.ts";

/**
 * The emulator that the server uses, for exact snapshots of mock terminals; it is loaded only here.
 * @example
 * const mock = createMockServer({ emulator: await loadEmulator() });
 */
export async function loadEmulator(): Promise<Emulator> {
  const { createMirror } = await import("../emulator/mirror.ts");
  return { createMirror: (start) => createMirror(start) };
}
