import xterm from "@xterm/headless";
import { installEmulatorGuards } from "../../sdk/emulator/guards.ts";
import { internalsOf } from "../../sdk/emulator/internals.ts";
import { createPalette, type Palette } from "../../sdk/emulator/palette.ts";
import { coreOf, type Terminal } from "./state-dump.ts";

export interface Size {
  cols: number;
  rows: number;
}

const encoder = new TextEncoder();

export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** A guarded terminal, as a viewer has. */
export function createTerminal({ cols, rows }: Size, scrollback = 1_000): Terminal {
  const terminal = createBareTerminal({ cols, rows }, scrollback);
  installEmulatorGuards(terminal);
  return terminal;
}

export function createBareTerminal({ cols, rows }: Size, scrollback = 1_000): Terminal {
  return new xterm.Terminal({ cols, rows, scrollback, allowProposedApi: true, logLevel: "off" });
}

/** Follows the colours that programs set. */
export function paletteOf(terminal: Terminal): Palette {
  const palette = createPalette();
  internalsOf(terminal)._inputHandler.onColor((requests) => palette.apply(requests));
  return palette;
}

/** Parses at once, past the write queue. */
export function feed(terminal: Terminal, data: string | Uint8Array): void {
  coreOf(terminal)._inputHandler.parse(typeof data === "string" ? bytesOf(data) : data);
}

/** Parses through the write queue. */
export function written(terminal: Terminal, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => terminal.write(data, resolve));
}

/** The screen as text, without the blanks at the ends of lines. */
export function screenOf(terminal: Terminal): string[] {
  const { active } = terminal.buffer;
  return Array.from({ length: terminal.rows }, (_, y) =>
    (active.getLine(active.baseY + y)?.translateToString(true) ?? "").trimEnd(),
  );
}

/** What differs between two plain values, as `path: left -> right`. */
export function differences(left: unknown, right: unknown, path = ""): string[] {
  if (Object.is(left, right)) return [];
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return [`${path}: ${JSON.stringify(left)} -> ${JSON.stringify(right)}`];
  }
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap((key) =>
    differences(
      (left as Record<string, unknown>)[key],
      (right as Record<string, unknown>)[key],
      `${path}.${key}`,
    ),
  );
}

/** Cuts bytes at random places that cut no character. */
export function chunked(bytes: Uint8Array, random: () => number, longest: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    let end = Math.min(bytes.length, at + 1 + Math.floor(random() * longest));
    while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end++;
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

/** A generator of numbers in [0, 1), the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
