import type { TerminalLog } from "../emulator/terminal-log.ts";
import type { TerminalCursor } from "../emulator/terminal-record.ts";
import type { TerminalRegisterAck } from "../protocol/index.ts";

/** The place before whatever comes at `offset`, if that is kept. */
export function placeAt(kept: TerminalLog, offset: number): TerminalCursor | undefined {
  return offset >= kept.tail && offset <= kept.head ? kept.cursorAt(offset) : undefined;
}

/**
 * The place after what the server has: the bytes, and of the resizes there as many as it says. Said again, a resize
 * back and forth would cut off what the screen has outside the smaller size.
 * @param screen the place of the state that was sent along, in case the server began with that
 */
export function placeAfter(
  kept: TerminalLog,
  { offset, resizes }: Pick<TerminalRegisterAck, "offset" | "resizes">,
  screen: TerminalCursor | undefined,
): TerminalCursor | undefined {
  const at = placeAt(kept, offset);
  if (at === undefined) return undefined;
  if (resizes === undefined) return screen?.offset === offset ? screen : at;
  const records = kept.read(at, 4)?.records ?? [];
  const there = records.filter((record) => record.kind === "resize" && record.offset === offset).length;
  return { offset, marks: at.marks + Math.min(resizes, there) };
}
