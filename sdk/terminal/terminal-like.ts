import type { PublicTerminal } from "../emulator/public-terminal.ts";

/** The part of an xterm.js 6 `Terminal` that an attachment uses. */
export interface TerminalLike extends PublicTerminal {
  write(data: string | Uint8Array, parsed?: () => void): void;
  resize(cols: number, rows: number): void;
  onData(listener: (data: string) => void): { dispose(): void };
  onBinary(listener: (data: string) => void): { dispose(): void };
  /** Told of it when the terminal is disposed. */
  loadAddon(addon: { activate(): void; dispose(): void }): void;
}
