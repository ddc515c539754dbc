import type xterm from "@xterm/headless";

/** The private side of xterm.js as this dump reads it: written apart from what it checks. */
interface RawExtended {
  _ext: number;
  _urlId: number;
}
interface RawLine {
  isWrapped: boolean;
  length: number;
  _data: Uint32Array;
  _combined: Record<number, string>;
  _extendedAttrs: Record<number, RawExtended | undefined>;
}
type RawCharset = Record<string, string> | undefined;
interface RawBuffer {
  x: number;
  y: number;
  ybase: number;
  scrollTop: number;
  scrollBottom: number;
  savedX: number;
  savedY: number;
  savedCurAttrData: { fg: number; bg: number };
  savedCharset: RawCharset;
  tabs: Record<number, boolean | undefined>;
  lines: { length: number; maxLength: number; get(i: number): RawLine | undefined };
}
export interface RawCore {
  _inputHandler: {
    parse(bytes: Uint8Array | string): void;
    _curAttrData: { fg: number; bg: number; extended: RawExtended };
    _windowTitle: string;
    _iconName: string;
    _parser: { currentState: number; precedingJoinState: number };
  };
  _bufferService: {
    cols: number;
    rows: number;
    buffers: { normal: RawBuffer; alt: RawBuffer; active: RawBuffer };
  };
  _charsetService: { charset: RawCharset; glevel: number; _charsets: RawCharset[] };
  _oscLinkService: { getLinkData(id: number): { id?: string; uri: string } | undefined };
  coreService: { isCursorHidden: boolean; modes: object; decPrivateModes: Record<string, unknown> };
  coreMouseService: { activeProtocol: string; activeEncoding: string };
  optionsService: { rawOptions: { convertEol: boolean; cursorBlink: boolean } };
}

export type Terminal = InstanceType<typeof xterm.Terminal>;

export function coreOf(terminal: Terminal): RawCore {
  return (terminal as unknown as { _core: RawCore })._core;
}

/** A link that the emulator forgot, as snapshots write it: it leads nowhere either. */
const FORGOTTEN = "x";

/** Everything a terminal is, as plain data: equal dumps, equal terminals. */
export interface StateDump {
  /** What is on the screens and how: text, looks, cursor, and the modes input depends on. */
  visible: Record<string, unknown>;
  /** The rest: what later output may bring to light. */
  hidden: Record<string, unknown>;
}

/**
 * Dumps a terminal. Left out are differences that nothing can ever show: bits of an RGB colour that a palette colour
 * left behind, the flag of extended attributes that are empty, which of two dead links it was.
 * `historyLines`: lines above the screen to compare.
 */
export function dumpState(terminal: Terminal, historyLines = Number.POSITIVE_INFINITY): StateDump {
  const core = coreOf(terminal);
  const { cols, rows, buffers } = core._bufferService;
  const isAlternate = buffers.active === buffers.alt;
  const dump = (buffer: RawBuffer, isShown: boolean, history: number) => {
    const first = Math.max(0, buffer.ybase - history);
    const lines: string[] = [];
    const wrapped: number[] = [];
    const erased: string[] = [];
    const links: string[] = [];
    for (let y = first; y < Math.min(buffer.lines.length, buffer.ybase + rows); y++) {
      const line = buffer.lines.get(y)!;
      if (line.isWrapped) wrapped.push(y - first);
      const row = rowOf(core, line, cols);
      lines.push(row.text);
      if (row.erased) erased.push(`${y - first}: ${row.erased}`);
      if (row.links) links.push(`${y - first}: ${row.links}`);
    }
    return {
      visible: {
        lines,
        cursor: isShown ? `${Math.min(buffer.x, cols - 1)},${buffer.y}` : "",
      },
      hidden: {
        wrapped: wrapped.join(),
        erased,
        links,
        // Coming back, a hidden screen takes over the column of the one that was shown.
        x: isShown ? buffer.x : undefined,
        y: buffer.y,
        margins: `${buffer.scrollTop}-${buffer.scrollBottom}`,
        saved: savedOf(buffer, first, cols),
        tabs: Object.keys(buffer.tabs)
          .map(Number)
          .filter((x) => buffer.tabs[x] && x < cols)
          .sort((a, b) => a - b)
          .join(),
      },
    };
  };
  const normal = dump(buffers.normal, !isAlternate, historyLines);
  const alt = isAlternate ? dump(buffers.alt, true, 0) : undefined;
  const { precedingJoinState, currentState } = core._inputHandler._parser;
  return {
    visible: {
      normal: normal.visible,
      alternate: alt?.visible,
      isAlternate,
      isCursorHidden: core.coreService.isCursorHidden,
      modes: { ...core.coreService.modes, ...core.coreService.decPrivateModes },
      mouse: `${core.coreMouseService.activeProtocol} ${core.coreMouseService.activeEncoding}`,
      title: core._inputHandler._windowTitle,
      cursorBlink: core.optionsService.rawOptions.cursorBlink,
    },
    hidden: {
      normal: isAlternate ? { ...normal.hidden } : normal.hidden,
      alternate: alt?.hidden ?? { saved: savedOf(buffers.alt, 0, cols) },
      pen: penOf(core),
      charsets: [0, 1, 2, 3].map((g) => charsetOf(core._charsetService._charsets[g])).join(),
      charset: charsetOf(core._charsetService.charset),
      shift: core._charsetService.glevel,
      icon: core._inputHandler._iconName,
      convertEol: core.optionsService.rawOptions.convertEol,
      // Only the width is ever used of it.
      join: (precedingJoinState >> 1) & 3,
      parser: currentState,
    },
  };
}

function rowOf(core: RawCore, line: RawLine, cols: number): { text: string; erased: string; links: string } {
  let text = "";
  let erased = "";
  let links = "";
  let last = "";
  for (let x = 0; x < Math.min(cols, line.length); x++) {
    const [content = 0, fg = 0, bg = 0] = line._data.subarray(x * 3, x * 3 + 3);
    const { look, link } = lookText(core, fg, bg, bg & 0x10000000 ? line._extendedAttrs[x] : undefined);
    if (link) links += `${x}=${link} `;
    const chars =
      content & 0x200000
        ? line._combined[x]!
        : content & 0x1fffff
          ? String.fromCodePoint(content & 0x1fffff)
          : " ";
    const width = (content >>> 22) & 3;
    if (!(content & 0x3fffff)) erased += `${x}${width === 1 ? "" : `w${width}`} `;
    if (look !== last) text += `<${look}>`;
    last = look;
    text += width === 0 && !(content & 0x3fffff) ? "" : width === 2 ? `${chars}|` : chars;
  }
  return { text, erased, links };
}

function lookText(core: RawCore, fg: number, bg: number, ext: RawExtended | undefined) {
  const isExtended = ext !== undefined && (ext._urlId !== 0 || (ext._ext & 0x1c000000) !== 0);
  const isUnderlined = (fg & 0x10000000) !== 0;
  const isLink = isExtended && ext._urlId !== 0;
  const link = isLink ? linkText(core, ext._urlId) : "";
  let underline = isUnderlined ? (bg & 0x10000000 ? (ext ? (ext._ext >>> 26) & 7 : 0) : 1) : 0;
  // Drawn like that whether or not the emulator still knows where it leads.
  if (isLink) underline = 5;
  const flags = (((fg & ~0x13ffffff) >>> 0).toString(16) + ((bg & ~0x13ffffff) >>> 0).toString(16)).replace(
    "00",
    "",
  );
  const color = isExtended && underline ? colorText(ext._ext & 0x3ffffff) : "";
  const parts = [
    flags,
    colorText(fg & 0x3ffffff),
    colorText(bg & 0x3ffffff),
    underline ? `u${underline}` : "",
    color,
  ];
  return { look: parts.join(",").replace(/,+$/, ""), link };
}

function linkText(core: RawCore, id: number): string {
  const link = core._oscLinkService.getLinkData(id);
  return !link || link.uri === FORGOTTEN ? "" : `${link.id ?? ""};${link.uri}`;
}

function colorText(color: number): string {
  const mode = color >>> 24;
  return mode === 0
    ? ""
    : mode === 3
      ? (color & 0xffffff).toString(16)
      : `${mode === 1 ? "c" : "p"}${color & 0xff}`;
}

function savedOf(buffer: RawBuffer, first: number, cols: number): string {
  const { fg, bg } = buffer.savedCurAttrData;
  const colors = `${colorText(fg & 0x3ffffff)},${colorText(bg & 0x3ffffff)}`;
  const flags = `${((fg & 0xfc000000) >>> 0).toString(16)},${((bg & 0xfc000000) >>> 0).toString(16)}`;
  // Above the first line or on it is the same: restoring stops at the top of the screen.
  const y = Math.max(0, buffer.savedY - first);
  return `${Math.min(buffer.savedX, cols)},${y} ${flags} ${colors} ${charsetOf(buffer.savedCharset)}`;
}

function penOf(core: RawCore): string {
  const { fg, bg, extended } = core._inputHandler._curAttrData;
  const flags = `${((fg & 0xfc000000) >>> 0).toString(16)},${((bg & 0xfc000000) >>> 0).toString(16)}`;
  const link = extended._urlId ? `to ${linkText(core, extended._urlId)}` : "";
  const style = (extended._ext >>> 26) & 7;
  const colors = [fg, bg, extended._ext].map((color) => colorText(color & 0x3ffffff)).join();
  return `${flags} ${colors} u${style} ${link}`;
}

function charsetOf(charset: RawCharset): string {
  return charset ? `${charset["@"] ?? ""}${charset["["] ?? ""}${charset["`"] ?? ""}` : "";
}
