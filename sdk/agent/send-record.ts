import type { Link } from "../connection/link.ts";
import type { TerminalRecord } from "../emulator/terminal-record.ts";

/** Sends one record of a terminal's stream; resolves with what the server has then. */
export function sendRecord(
  link: Link,
  ptyId: string,
  record: TerminalRecord,
): Promise<{ readonly offset: number }> {
  const { kind, offset } = record;
  if (kind === "data") return link.request("terminal:output", { ptyId, offset, data: record.bytes });
  if (kind === "resize") {
    return link.request("terminal:resized", { ptyId, offset, cols: record.cols, rows: record.rows });
  }
  const { exitCode, signal = null } = record;
  return link.request("terminal:exit", { ptyId, offset, exitCode, signal });
}
