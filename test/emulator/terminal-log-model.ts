import type { TerminalLog } from "../../sdk/emulator/terminal-log.ts";
import type { ExitInfo, TerminalRecord } from "../../sdk/emulator/terminal-record.ts";
import { createTerminal, feed, type Size } from "./terminals.ts";

/** The obvious log: everything, for ever. */
export interface ModelLog {
  readonly records: readonly TerminalRecord[];
  readonly head: number;
  append(bytes: Uint8Array): void;
  resize(size: Size): void;
  exit(info: ExitInfo): void;
  bytes(from: number, to: number): Uint8Array;
  /** What lies up to an offset, the resizes at it included. */
  recordsUpTo(offset: number): TerminalRecord[];
}

export function createModelLog(): ModelLog {
  const records: TerminalRecord[] = [];
  let head = 0;
  return {
    records,
    get head() {
      return head;
    },
    append(bytes) {
      records.push({ kind: "data", offset: head, bytes });
      head += bytes.length;
    },
    resize(size) {
      records.push({ kind: "resize", offset: head, ...size });
    },
    exit(info) {
      records.push({ kind: "exit", offset: head, ...info });
    },
    recordsUpTo(offset) {
      return records
        .filter((record) => record.offset <= offset)
        .map((record) =>
          record.kind === "data"
            ? { ...record, bytes: record.bytes.subarray(0, offset - record.offset) }
            : record,
        );
    },
    bytes(from, to) {
      const all = records.flatMap((record) => (record.kind === "data" ? [record.bytes] : []));
      return new Uint8Array(Buffer.concat(all)).subarray(from, to);
    },
  };
}

/** The terminal that parsed every record. */
export function terminalOf(records: readonly TerminalRecord[], first: Size) {
  const terminal = createTerminal(first);
  for (const record of records) {
    if (record.kind === "data") feed(terminal, record.bytes);
    else if (record.kind === "resize") terminal.resize(Math.max(2, record.cols), record.rows);
  }
  return terminal;
}

/** Everything that can be read from a place on, in frames of `maxBytes`. */
export function readAll(log: TerminalLog, from: Parameters<TerminalLog["read"]>[0], maxBytes: number) {
  const records: TerminalRecord[] = [];
  let cursor = from;
  for (;;) {
    const slice = log.read(cursor, maxBytes);
    if (!slice || slice.records.length === 0) return { records, isKept: slice !== undefined, cursor };
    records.push(...slice.records);
    cursor = slice.next;
  }
}

/** The bytes from an offset to the head. */
export function readBytes(log: TerminalLog, from: number): Uint8Array {
  const { records } = readAll(log, from, 65_536);
  return Buffer.concat(records.map((record) => (record.kind === "data" ? record.bytes : new Uint8Array())));
}
