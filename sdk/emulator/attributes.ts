import { CSI } from "./controls.ts";
import type { Attributes, ExtendedAttributes } from "./internals.ts";

/** Bits of xterm.js 6.0.0 (its buffer/Constants.ts). */
export const COLOR_BITS = 0x3ffffff;
export const COLOR_MODE = 0x3000000;
const PALETTE_MASK = 0x30000ff;
const RGB_MODE = 0x3000000;
export const FG = {
  inverse: 0x4000000,
  bold: 0x8000000,
  underline: 0x10000000,
  blink: 0x20000000,
  invisible: 0x40000000,
  strike: 0x80000000,
} as const;
export const BG = {
  italic: 0x4000000,
  dim: 0x8000000,
  extended: 0x10000000,
  protected: 0x20000000,
  overline: 0x40000000,
} as const;

/** What a cell looks like, each look written in one way only. */
export interface Look {
  /** Colour and flags, without the underline flag. */
  readonly fg: number;
  /** Colour and flags, without the flag for extended attributes. */
  readonly bg: number;
  /** 0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed. */
  readonly underline: number;
  readonly underlineColor: number;
  /** Id of an OSC 8 link, 0 for none. */
  readonly link: number;
}

export const PLAIN: Look = { fg: 0, bg: 0, underline: 0, underlineColor: 0, link: 0 };

/** Drops the bits of an earlier RGB colour that a palette colour leaves behind. */
export function cleanColor(color: number): number {
  return (color & COLOR_MODE) === RGB_MODE ? color & COLOR_BITS : color & PALETTE_MASK;
}

export function ownUnderline(extended: ExtendedAttributes): number {
  return (extended._ext & 0x1c000000) >>> 26;
}

export function ownUnderlineColor(extended: ExtendedAttributes): number {
  return cleanColor(extended._ext & COLOR_BITS);
}

/** The look of a cell or pen. Differences that no renderer can show are gone. */
export function lookOf(fg: number, bg: number, extended: ExtendedAttributes | undefined): Look {
  const isExtended = (bg & BG.extended) !== 0 && extended !== undefined;
  const isUnderlined = (fg & FG.underline) !== 0;
  const link = isExtended ? extended._urlId : 0;
  const underline = isUnderlined ? (isExtended ? ownUnderline(extended) : 1) : 0;
  return {
    fg: ((fg & ~FG.underline & ~COLOR_BITS) | cleanColor(fg)) >>> 0,
    bg: ((bg & ~BG.extended & ~COLOR_BITS) | cleanColor(bg)) >>> 0,
    underline,
    underlineColor: isExtended && (underline !== 0 || link !== 0) ? ownUnderlineColor(extended) : 0,
    link,
  };
}

export function isSameLook(a: Look, b: Look): boolean {
  return (
    a.fg === b.fg &&
    a.bg === b.bg &&
    a.underline === b.underline &&
    a.underlineColor === b.underlineColor &&
    a.link === b.link
  );
}

/** DECSCA from one `bg` to another. */
export function protectionBetween(from: number, to: number): string {
  if (((from ^ to) & BG.protected) === 0) return "";
  return `${CSI}${(to & BG.protected) !== 0 ? 1 : 0}"q`;
}

/**
 * Whether the flags contradict the extended attributes: DECRC restores the flags but not the underline style, its
 * colour or the link, which no other sequence can do.
 */
export function isMixed({ fg, bg, extended }: Attributes): boolean {
  const underline = ownUnderline(extended);
  const isExtended = underline !== 0 || extended._urlId !== 0;
  return (underline !== 0) !== ((fg & FG.underline) !== 0) || isExtended !== ((bg & BG.extended) !== 0);
}
