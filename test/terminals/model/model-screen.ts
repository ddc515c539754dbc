import xterm from "@xterm/headless";
import { coreOf } from "../../emulator/state-dump.ts";

export type Terminal = InstanceType<typeof xterm.Terminal>;

/** An xterm.js that parses at once, so that a model is where its data is. */
export interface ModelScreen {
  readonly terminal: Terminal;
  write(data: string | Uint8Array): void;
  resize(cols: number, rows: number): void;
}

export function createModelScreen(cols: number, rows: number): ModelScreen {
  const terminal = new xterm.Terminal({
    cols,
    rows,
    scrollback: 1_000,
    allowProposedApi: true,
    logLevel: "off",
  });
  // xterm.js 6.0.0 loses a character that is cut after a byte 0x80, so its own decoder is not asked to join any.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    terminal,
    write: (data) =>
      coreOf(terminal)._inputHandler.parse(
        typeof data === "string" ? data : decoder.decode(data, { stream: true }),
      ),
    resize: (newCols, newRows) => terminal.resize(newCols, newRows),
  };
}
