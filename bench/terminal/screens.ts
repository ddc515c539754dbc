import xterm from "@xterm/headless";
import type { TerminalLike } from "../../sdk/terminal/terminal-like.ts";

type Terminal = InstanceType<typeof xterm.Terminal>;

export function createScreen(cols: number, rows: number, scrollback = 1_000): Terminal {
  return new xterm.Terminal({ cols, rows, scrollback, allowProposedApi: true, logLevel: "off" });
}

const nothing = { dispose() {} };
const noHandler = () => nothing;

/** A terminal that only counts, so that the way to it is measured and not the emulator at its end. */
export function createSink(onBytes: (bytes: Uint8Array) => void, cols = 120, rows = 40): TerminalLike {
  return {
    cols,
    rows,
    parser: {
      registerCsiHandler: noHandler,
      registerDcsHandler: noHandler,
      registerEscHandler: noHandler,
      registerOscHandler: noHandler,
    },
    buffer: { active: { type: "normal", cursorX: 0, cursorY: 0 }, onBufferChange: noHandler },
    onLineFeed: noHandler,
    onResize: noHandler,
    onData: noHandler,
    onBinary: noHandler,
    loadAddon() {},
    resize() {},
    write(data, parsed) {
      if (typeof data !== "string") onBytes(data);
      // As xterm.js: later, and never within the call.
      if (parsed !== undefined) setImmediate(parsed);
    },
  };
}

/** Coloured lines as `ls --color` prints them, in reads of a PTY. */
export function* coloured(totalBytes: number, readBytes = 64 * 1_024): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let line = 0;
  for (let made = 0; made < totalBytes; made += readBytes) {
    let text = "";
    while (text.length < readBytes) {
      line += 1;
      text += `\x1b[${31 + (line % 7)}mfile-${line}\x1b[0m  ${"x".repeat(line % 50)}${line % 5 === 0 ? "\r\n" : ""}`;
    }
    yield encoder.encode(text.slice(0, Math.min(readBytes, totalBytes - made)));
  }
}
