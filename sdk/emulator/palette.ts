import { OSC, ST } from "./controls.ts";
import type { ColorRequest } from "./internals.ts";

export type Color = readonly [red: number, green: number, blue: number];

/** Colours that programs changed (OSC 4, 10, 11, 12): the headless emulator parses them but keeps none. */
export interface Palette {
  apply(requests: readonly ColorRequest[]): void;
  /** By index: 0–255 of the palette, 256 foreground, 257 background, 258 cursor. */
  readonly colors: ReadonlyMap<number, Color>;
}

const FIRST_SPECIAL = 256;
const SET = 1;
const RESTORE = 2;

export function createPalette(): Palette {
  const colors = new Map<number, Color>();
  return {
    colors,
    apply(requests) {
      for (const { type, index, color } of requests) {
        if (type === SET && index !== undefined && color) {
          colors.set(index, color);
        } else if (type === RESTORE && index !== undefined) {
          colors.delete(index);
        } else if (type === RESTORE) {
          for (const key of [...colors.keys()]) if (key < FIRST_SPECIAL) colors.delete(key);
        }
      }
    },
  };
}

/** Sequences that give a terminal these colours and its own everywhere else. */
export function writePalette(colors: ReadonlyMap<number, Color>): string {
  const reset = ["104", "110", "111", "112"].map((code) => `${OSC}${code}${ST}`).join("");
  const indexed: string[] = [];
  let special = "";
  for (const [index, color] of colors) {
    const value = `rgb:${color.map((part) => part.toString(16).padStart(2, "0")).join("/")}`;
    if (index < FIRST_SPECIAL) indexed.push(`${index};${value}`);
    else special += `${OSC}${10 + index - FIRST_SPECIAL};${value}${ST}`;
  }
  return reset + (indexed.length === 0 ? "" : `${OSC}4;${indexed.join(";")}${ST}`) + special;
}
