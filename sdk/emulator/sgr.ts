import { BG, COLOR_BITS, COLOR_MODE, FG, type Look } from "./attributes.ts";
import { CSI } from "./controls.ts";

/** Flags with the parameters that set and unset them. Bold and dim are unset together. */
const FG_FLAGS: readonly (readonly [flag: number, on: string, off: string])[] = [
  [FG.blink, "5", "25"],
  [FG.inverse, "7", "27"],
  [FG.invisible, "8", "28"],
  [FG.strike, "9", "29"],
];
const BG_FLAGS: typeof FG_FLAGS = [
  [BG.italic, "3", "23"],
  [BG.overline, "53", "55"],
];

/** The shortest SGR sequence from one look to another; links and protection are not SGR's. */
export function sgrBetween(from: Look, to: Look): string {
  const whole = paramsFromReset(to);
  const step = paramsBetween(from, to);
  if (step?.length === 0) return "";
  const params = step !== undefined && step.join(";").length <= whole.join(";").length ? step : whole;
  return params.length === 1 && params[0] === "0" ? `${CSI}m` : `${CSI}${params.join(";")}m`;
}

/** Like {@link sgrBetween} but never by a reset. The underline must be the same. */
export function sgrStep(from: Look, to: Look): string {
  const params = paramsBetween(from, to) ?? [];
  return params.length === 0 ? "" : `${CSI}${params.join(";")}m`;
}

/** Whether SGR 0 is among the parameters of {@link sgrBetween}: it clears the protection of DECSCA too. */
export function isReset(sgr: string): boolean {
  return sgr === `${CSI}m` || sgr.startsWith(`${CSI}0;`);
}

function paramsFromReset(to: Look): string[] {
  const none: Look = { fg: 0, bg: 0, underline: 0, underlineColor: 0, link: 0 };
  return ["0", ...(paramsBetween(none, to) ?? [])];
}

/** Undefined where only a reset leads: there is no way back to no underline colour. */
function paramsBetween(from: Look, to: Look): string[] | undefined {
  const params: string[] = [];
  const isBold = (to.fg & FG.bold) !== 0;
  const isDim = (to.bg & BG.dim) !== 0;
  const lost = (from.fg & ~to.fg & FG.bold) !== 0 || (from.bg & ~to.bg & BG.dim) !== 0;
  if (lost) params.push("22");
  if (isBold && (lost || (from.fg & FG.bold) === 0)) params.push("1");
  if (isDim && (lost || (from.bg & BG.dim) === 0)) params.push("2");
  for (const [flag, on, off] of FG_FLAGS) {
    if (((from.fg ^ to.fg) & flag) !== 0) params.push((to.fg & flag) !== 0 ? on : off);
  }
  for (const [flag, on, off] of BG_FLAGS) {
    if (((from.bg ^ to.bg) & flag) !== 0) params.push((to.bg & flag) !== 0 ? on : off);
  }
  if (from.underline !== to.underline) {
    params.push(to.underline === 0 ? "24" : to.underline === 1 ? "4" : `4:${to.underline}`);
  }
  if (from.underlineColor !== to.underlineColor) {
    if ((to.underlineColor & COLOR_MODE) === 0) return undefined;
    params.push(underlineColorParam(to.underlineColor));
  }
  if (((from.fg ^ to.fg) & COLOR_BITS) !== 0) params.push(colorParam(to.fg & COLOR_BITS, 30));
  if (((from.bg ^ to.bg) & COLOR_BITS) !== 0) params.push(colorParam(to.bg & COLOR_BITS, 40));
  return params;
}

/** `base` 30 for the foreground, 40 for the background. */
function colorParam(color: number, base: number): string {
  const index = color & 0xff;
  switch (color >>> 24) {
    case 0:
      return String(base + 9);
    case 1:
      return String(index < 8 ? base + index : base + 60 + index - 8);
    case 2:
      return `${base + 8};5;${index}`;
    default:
      return `${base + 8};2;${(color >>> 16) & 0xff};${(color >>> 8) & 0xff};${index}`;
  }
}

function underlineColorParam(color: number): string {
  return color >>> 24 === 3
    ? `58:2::${(color >>> 16) & 0xff}:${(color >>> 8) & 0xff}:${color & 0xff}`
    : `58:5:${color & 0xff}`;
}
