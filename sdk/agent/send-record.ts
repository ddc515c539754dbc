import { isUtf8 } from "node:buffer";
import type { Link } from "../connection/link.ts";
import type { TerminalRecord } from "../emulator/terminal-record.ts";

/** An echo, or a few lines. */
const SHORT_BYTES = 512;

/** Sends one record of a terminal's stream; resolves with what the server has then. */
export function sendRecord(
  link: Link,
  ptyId: string,
  record: TerminalRecord,
): Promise<{ readonly offset: number }> {
  const { kind, offset } = record;
  if (kind === "data") return link.request("terminal:output", { ptyId, offset, data: dataOf(record.bytes) });
  if (kind === "resize") {
    return link.request("terminal:resized", { ptyId, offset, cols: record.cols, rows: record.rows });
  }
  const { exitCode, signal = null } = record;
  return link.request("terminal:exit", { ptyId, offset, exitCode, signal });
}

/** Short output goes as text where it is any: bytes take a second message, which a key press would wait for. */
function dataOf(bytes: Uint8Array): string | Uint8Array {
  if (bytes.length > SHORT_BYTES || !isUtf8(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
