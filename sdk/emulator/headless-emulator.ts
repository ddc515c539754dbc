import xterm from "@xterm/headless";
import { installEmulatorGuards } from "./guards.ts";
import { trimHistory, widenHistory } from "./history-trim.ts";
import { type Internals, internalsOf } from "./internals.ts";
import { createPalette } from "./palette.ts";
import { exactSnapshot } from "./snapshot.ts";
import { GROUND } from "./vt-states.ts";

/** The terminal a {@link HeadlessEmulator} wraps, for handlers and Unicode versions of one's own. */
export type HeadlessTerminal = InstanceType<typeof xterm.Terminal>;

export interface HeadlessEmulatorOptions {
  cols: number;
  rows: number;
  scrollback: number;
  onReply?: ((data: string) => void) | undefined;
  prepare?: ((terminal: HeadlessTerminal) => void) | undefined;
}

/** One headless terminal, parsed synchronously: what its write queue does asynchronously costs three times as much. */
export interface HeadlessEmulator {
  /** Throws what the emulator throws; it is then not to be used any more but for {@link snapshot}. */
  parse(bytes: Uint8Array): void;
  /** Whether text and line feeds do here what they do in a new terminal: no margins, no link, no sequence open. */
  isPlain(): boolean;
  resize(cols: number, rows: number): void;
  snapshot(historyLines: number): string;
  /** Lets go of memory that holds nothing. */
  compact(): void;
  /** Leaves a sequence that a thrown error interrupted. */
  unwedge(): void;
  dispose(): void;
}

/** xterm.js has no smaller terminal. */
const MIN_COLS = 2;
const CURSOR_BLINK = 12;

export function createHeadlessEmulator(options: HeadlessEmulatorOptions): HeadlessEmulator {
  const { cols, rows, scrollback, onReply, prepare } = options;
  const terminal = new xterm.Terminal({
    cols: Math.max(cols, MIN_COLS),
    rows,
    scrollback,
    allowProposedApi: true,
    logLevel: "off",
  });
  const internals: Internals = internalsOf(terminal);
  const palette = createPalette();
  let isCursorBlinkKnown = false;
  const noteBlink = (params: (number | number[])[]): boolean => {
    isCursorBlinkKnown ||= params.includes(CURSOR_BLINK);
    return false;
  };
  installEmulatorGuards(terminal);
  terminal.parser.registerCsiHandler({ prefix: "?", final: "h" }, noteBlink);
  terminal.parser.registerCsiHandler({ prefix: "?", final: "l" }, noteBlink);
  internals._inputHandler.onColor((requests) => palette.apply(requests));
  if (onReply) terminal.onData(onReply);
  prepare?.(terminal);

  return {
    parse(bytes) {
      // Only handlers registered by others are asynchronous; there are none but `prepare`'s.
      internals._inputHandler.parse(bytes);
    },
    isPlain() {
      const { _bufferService: screen, _inputHandler: handler } = internals;
      const { scrollTop, scrollBottom } = screen.buffers.active;
      const isWhole = scrollTop === 0 && scrollBottom === screen.rows - 1;
      return isWhole && handler._parser.currentState === GROUND && handler._curAttrData.extended._urlId === 0;
    },
    resize(newCols, newRows) {
      widenHistory(internals._bufferService.buffers.normal, internals._bufferService.cols);
      terminal.resize(Math.max(newCols, MIN_COLS), newRows);
    },
    snapshot: (historyLines) =>
      exactSnapshot(terminal, { historyLines, colors: palette.colors, isCursorBlinkKnown }),
    compact: () => trimHistory(internals._bufferService.buffers.normal, internals._bufferService.cols),
    unwedge: () => internals._inputHandler._parser.reset(),
    dispose: () => terminal.dispose(),
  };
}
