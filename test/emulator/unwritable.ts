import { coreOf, type Terminal } from "./state-dump.ts";

/**
 * Why a terminal is in a state that no sequences lead to from a reset, or undefined. A snapshot of it is the nearest
 * there is; of every other state it is exact. The list is the whole of what is known not to be exact.
 */
export function unwritableReason(terminal: Terminal): string | undefined {
  const core = coreOf(terminal);
  const { cols, rows, buffers } = core._bufferService;
  const { x, y, ybase, lines } = buffers.active;
  const isAlternate = buffers.active === buffers.alt;
  const cell = (line: { _data: Uint32Array }, at: number) => {
    const content = line._data[at * 3] ?? 0;
    const [fg = 0, bg = 0] = [line._data[at * 3 + 1], line._data[at * 3 + 2]];
    const isBlank = (content & 0x3fffff) === 0;
    const width = (content >>> 22) & 3;
    return { isBlank, width, isHalf: isBlank && width === 1 && (fg !== 0 || (bg & 0xfc000000) !== 0) };
  };

  for (const buffer of [buffers.normal, buffers.alt]) {
    for (let row = 0; row < Math.min(buffer.lines.length, buffer.ybase + rows); row++) {
      const line = buffer.lines.get(row)!;
      if (cell(line, cols - 1).isHalf && cell(line, cols - 2).isHalf) return "two halves at the edge";
      for (let at = 0; at < cols; at++) {
        const { isBlank, width } = cell(line, at);
        const half = cell(line, at + 1);
        if (width === 2 && (at + 1 === cols || half.width !== 0 || !half.isBlank)) {
          return "half a wide character";
        }
        if (isBlank && width === 0 && (at === 0 || cell(line, at - 1).width !== 2))
          return "half a wide character";
        if (!isBlank && width > 0 && /^[\p{M}\p{Cf}]/u.test(textOf(line, at))) return "a mark on nothing";
      }
    }
  }
  const line = lines.get(ybase + y);
  const isEdgeBlank = line && cell(line, cols - 1).isBlank && cell(line, cols - 1).width === 1;
  if (isAlternate && x >= cols && isEdgeBlank && !isBlankRow(line, cols)) {
    return "a wrap pending after an erased cell of a row with others on the alternate screen";
  }
  const { origin } = core.coreService.decPrivateModes;
  if (isAlternate && origin && (y < buffers.alt.scrollTop || y > buffers.alt.scrollBottom)) {
    return "a cursor outside the margins of the alternate screen";
  }
  const { fg, bg, extended } = core._inputHandler._curAttrData;
  const { fg: savedFg, bg: savedBg } = buffers.active.savedCurAttrData;
  const style = (extended._ext >>> 26) & 7;
  const isComputed = (style !== 0 || extended._urlId !== 0) === ((bg & 0x10000000) !== 0);
  const isMixed = (style !== 0) !== ((fg & 0x10000000) !== 0) || !isComputed;
  const isSaved = ((fg ^ savedFg) & 0x10000000) === 0 && (isComputed || ((bg ^ savedBg) & 0x10000000) === 0);
  if (isMixed && !isSaved) return "a pen that DECRC mixed and the saved cursor does not have";
  const highest = buffers.normal.lines.maxLength - 1;
  if (buffers.normal.savedY > highest || buffers.alt.savedY >= rows)
    return "a saved cursor where no line can be";
  const charsets = core._charsetService;
  if (
    charsets.charset !== charsets._charsets[charsets.glevel] &&
    charsets.charset !== buffers.active.savedCharset
  ) {
    return "a character set that DECRC mixed and the saved cursor does not have";
  }
  if (isAlternate && x >= cols && (isMixed || charsets.charset !== charsets._charsets[charsets.glevel])) {
    return "a wrap pending on the alternate screen, with what DECRC mixed";
  }
  if (((core._inputHandler._parser.precedingJoinState >> 1) & 3) !== 0 && line) {
    const before = x > 1 && cell(line, x - 1).width === 0 ? x - 2 : x - 1;
    if (x === 0 || cell(line, before).isBlank || before + cell(line, before).width !== x) {
      return "a character to join that is not where it was printed";
    }
  }
  return undefined;
}

/** Whether the row was erased as a whole: in one colour, and nothing else. */
function isBlankRow({ _data: data }: { _data: Uint32Array }, cols: number): boolean {
  return Array.from({ length: cols }, (_, at) => at * 3).every(
    (at) =>
      data[at] === 1 << 22 && data[at + 1] === 0 && data[at + 2] === data[2] && (data[2]! & 0xfc000000) === 0,
  );
}

function textOf(line: { _data: Uint32Array; _combined: Record<number, string> }, at: number): string {
  const content = line._data[at * 3] ?? 0;
  return content & 0x200000 ? (line._combined[at] ?? "") : String.fromCodePoint(content & 0x1fffff);
}
