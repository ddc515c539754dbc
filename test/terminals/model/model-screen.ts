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
  const encoder = new TextEncoder();
  return {
    terminal,
    write: (data) =>
      coreOf(terminal)._inputHandler.parse(typeof data === "string" ? encoder.encode(data) : data),
    resize: (newCols, newRows) => terminal.resize(newCols, newRows),
  };
}
