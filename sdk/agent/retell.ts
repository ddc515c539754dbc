import type { LogSnapshot } from "../emulator/terminal-log.ts";
import type { OwnerLog } from "./owner-log.ts";

/** What can be sent in one frame beside everything else in it. */
const FITS_BYTES = 768 * 1_024;

/** The state of a log as a server takes it: with less history, or not at all, where it would not fit a frame. */
export async function fittingSnapshot(log: OwnerLog, historyLines: number) {
  for (const lines of [historyLines, 0]) {
    const { offset, cols, rows, data, cursor } = await log.snapshot(lines);
    const bytes = new TextEncoder().encode(data);
    if (bytes.length <= FITS_BYTES) return { cursor, told: { offset, cols, rows, data: bytes } };
  }
  return undefined;
}

/**
 * Tells a stream anew, from offset 0 on: all that `before` showed at the snapshot, then what came after it.
 * @param next a log that is empty
 * @throws Error when what came after the snapshot is not kept any more
 */
export function retell(before: OwnerLog, snapshot: LogSnapshot, next: OwnerLog): void {
  const { cursor, cols, rows, data } = snapshot;
  next.resize(cols, rows);
  next.append(new TextEncoder().encode(data));
  const slice = before.kept.read(cursor, before.kept.head - cursor.offset + 4);
  if (slice === undefined) throw new Error("The output ran away from the snapshot it was to follow");
  for (const record of slice.records) {
    if (record.kind === "data") next.append(record.bytes);
    else if (record.kind === "resize") next.resize(record.cols, record.rows);
  }
  next.append(before.held);
  const { exited } = before.kept;
  if (exited === undefined) return;
  next.flush();
  next.kept.exit(exited);
}
