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
  /** The sequence that opens the link with this id, or closes the open one for 0. */
  linkText(id: number): string;
  /** Tells what sequences written by {@link write} made of the pen. */
  assume(look: Look): void;
  readonly look: Look;
  text(): string;
}

/** xterm.js forgets a link with the lines it knew of. Like such a one, this is drawn as a link but leads nowhere. */
const FORGOTTEN: Link = { uri: "x" };

export function createPainter(linkOf: (id: number) => Link | undefined): Painter {
  let out = "";
  let now = PLAIN;
  let isProtected = false;

  function pen(look: Look): void {
    if (isSameLook(now, look)) return;
    const sgr = sgrBetween(now, look);
    out += sgr;
    if (isReset(sgr)) isProtected = false;
    const wantsProtected = (look.bg & BG.protected) !== 0;
    if (wantsProtected !== isProtected) {
      out += `${CSI}${wantsProtected ? 1 : 0}"q`;
      isProtected = wantsProtected;
    }
    if (look.link !== now.link) out += linkText(look.link);
    now = look;
  }

  function linkText(id: number): string {
    return openLink(id === 0 ? undefined : (linkOf(id) ?? FORGOTTEN));
  }

  return {
    write(text) {
      out += text;
    },
    pen,
    background(color) {
      if ((now.bg & COLOR_BITS) !== color) pen({ ...now, bg: ((now.bg & ~COLOR_BITS) | color) >>> 0 });
    },
    linkText,
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

function openLink(link: Link | undefined): string {
  if (!link) return `${OSC}8;;${ST}`;
  return `${OSC}8;${link.id === undefined ? "" : `id=${link.id}`};${link.uri}${ST}`;
}
