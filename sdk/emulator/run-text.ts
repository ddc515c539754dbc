import { CSI } from "./controls.ts";
import { isZeroWidth } from "./zero-width.ts";

/** Text for cells one after the other, in which a character that comes again and again is written by REP. */
export interface RunText {
  /** @param cell the characters of the next cell */
  add(cell: string): void;
  /** What is to come before the next cell; nothing repeats across it. */
  separate(sequence: string): void;
  text(): string;
}

export function createRunText(): RunText {
  let out = "";
  let last = "";
  let again = 0;

  const settle = (): void => {
    if (again === 0) return;
    const repeated = `${CSI}${again}b`;
    out += again * utf8Length(last) > repeated.length ? repeated : last.repeat(again);
    again = 0;
  };

  return {
    add(cell) {
      if (cell === last && isRepeatable(cell)) {
        again += 1;
        return;
      }
      settle();
      out += cell;
      last = cell;
    },
    separate(sequence) {
      settle();
      out += sequence;
      last = "";
    },
    text() {
      settle();
      return out;
    },
  };
}

/** One character, and not one that joins another: of those REP makes something else. */
function isRepeatable(cell: string): boolean {
  const codePoint = cell.codePointAt(0) ?? 0;
  return cell.length === (codePoint > 0xffff ? 2 : 1) && !isZeroWidth(codePoint);
}

function utf8Length(character: string): number {
  const codePoint = character.codePointAt(0) ?? 0;
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x1_0000 ? 3 : 4;
}
