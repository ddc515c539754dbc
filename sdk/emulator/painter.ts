import { BG, COLOR_BITS, isSameLook, type Look, PLAIN } from "./attributes.ts";
import { CSI, OSC, ST } from "./controls.ts";
import type { Link } from "./internals.ts";
import { isReset, sgrBetween } from "./sgr.ts";

/** Collects a snapshot's text and knows the pen that the terminal which parses it has. */
export interface Painter {
  /** Text or sequences that leave the pen alone. */
  write(text: string): void;
  /** Changes the pen to `look`. */
  pen(look: Look): void;
  /** Changes only the colour that erasing and scrolling leave behind: a colour with its mode, 0 for the default. */
  background(color: number): void;
  /** Tells what sequences written by {@link write} made of the pen. */
  assume(look: Look): void;
  readonly look: Look;
  text(): string;
}

const DASHED = 5;

export function createPainter(linkOf: (id: number) => Link | undefined): Painter {
  let out = "";
  let now = PLAIN;
  let isProtected = false;

  function pen(look: Look): void {
    const wanted = withoutDeadLink(look);
    if (isSameLook(now, wanted)) return;
    const sgr = sgrBetween(now, wanted);
    out += sgr;
    if (isReset(sgr)) isProtected = false;
    const wantsProtected = (wanted.bg & BG.protected) !== 0;
    if (wantsProtected !== isProtected) {
      out += `${CSI}${wantsProtected ? 1 : 0}"q`;
      isProtected = wantsProtected;
    }
    if (wanted.link !== now.link) out += openLink(wanted.link === 0 ? undefined : linkOf(wanted.link));
    now = wanted;
  }

  /** xterm.js forgets a link with the lines it knew of; cells of such a link are drawn underlined, as before. */
  function withoutDeadLink(look: Look): Look {
    if (look.link === 0 || look.link === now.link || linkOf(look.link)) return look;
    return { ...look, link: 0, underline: DASHED };
  }

  return {
    write(text) {
      out += text;
    },
    pen,
    background(color) {
      if ((now.bg & COLOR_BITS) !== color) pen({ ...now, bg: ((now.bg & ~COLOR_BITS) | color) >>> 0 });
    },
    assume(look) {
      now = look;
      isProtected = (look.bg & BG.protected) !== 0;
    },
    get look() {
      return now;
    },
    text: () => out,
  };
}

/** OSC 8 that opens a link, or closes the open one. */
export function openLink(link: Link | undefined): string {
  if (!link) return `${OSC}8;;${ST}`;
  return `${OSC}8;${link.id === undefined ? "" : `id=${link.id}`};${link.uri}${ST}`;
}
