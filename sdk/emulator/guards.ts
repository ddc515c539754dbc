import type { Disposable, PublicTerminal, SequenceParams } from "./public-terminal.ts";

/** Once per count, 15 s for a million: only a server that does not sanitise lets such a number through. */
const COUNTED = ["S", "T", "L", "M", "I", "Z", "b"];
const MAX_COUNT = 9_999;
/** Each open link costs the emulator about 4 KB for as long as the line it began on is kept. */
const LINK_BURST = 4_096;
const LINKS_PER_LINE = 8;
const MAX_LINK_LENGTH = 4_096;
/** Content of a cell that is one column wide and empty. */
const ERASED = 1 << 22;

/**
 * Guards a terminal, of @xterm/xterm or @xterm/headless 6, against output that throws, hangs or leaks in 6.0.0.
 * Mirror and viewers need the same guards, so that they stay equal.
 */
export function installEmulatorGuards(terminal: PublicTerminal): Disposable {
  const { parser } = terminal;
  const links = createLinkBudget(terminal);
  const installed = [
    links,
    terminal.onResize(() => tidyBuffers(terminal)),
    parser.registerCsiHandler({ final: "J" }, (params) => eraseAbove(terminal, params, false)),
    parser.registerCsiHandler({ prefix: "?", final: "J" }, (params) => eraseAbove(terminal, params, true)),
    parser.registerOscHandler(8, (data) => !links.spend(data)),
    // A tab stop past the last column does nothing but come up at the next larger size.
    parser.registerEscHandler({ final: "H" }, () => terminal.buffer.active.cursorX >= terminal.cols),
    ...COUNTED.map((final) =>
      parser.registerCsiHandler({ final }, ([count]) => typeof count === "number" && count > MAX_COUNT),
    ),
  ];
  return {
    dispose() {
      for (const guard of installed) guard.dispose();
    },
  };
}

/**
 * ED 1 in the last cell unwraps the line below the last, which throws where there is none. There it erases the whole
 * screen, which the emulator can do line by line.
 */
function eraseAbove(terminal: PublicTerminal, [mode]: SequenceParams, respectProtect: boolean): boolean {
  const { cursorX, cursorY } = terminal.buffer.active;
  if (mode !== 1 || cursorY !== terminal.rows - 1 || cursorX < terminal.cols - 1) return false;
  const handler = coreOf(terminal)?._inputHandler;
  if (handler?._resetBufferLine && handler._restrictCursor) {
    handler._restrictCursor(terminal.cols);
    for (let y = 0; y < terminal.rows; y++) handler._resetBufferLine(y, respectProtect);
    handler.markRangeDirty?.(0, terminal.rows - 1);
  }
  return true;
}

/** Mends what a resize leaves behind in the buffers: there is no public way to. */
function tidyBuffers(terminal: PublicTerminal): void {
  const { normal, alt } = coreOf(terminal)?._bufferService?.buffers ?? {};
  if (!normal || !alt) return;
  // Reflowing a full buffer to fewer columns moves the screen past the last line, where printing throws.
  const missing = normal.ybase + terminal.rows - normal.lines.length;
  if (missing > 0 && missing <= normal.ybase) {
    normal.ybase -= missing;
    normal.ydisp = Math.min(normal.ydisp, normal.ybase);
    normal.y = Math.min(normal.y + missing, terminal.rows - 1);
  }
  for (const { lines, tabs } of [normal, alt]) {
    for (let y = 0; y < lines.length; y++) {
      const line = lines.get(y);
      if (line) tidyLine(line, terminal.cols);
    }
    // Beyond the edge no sequence could put them back, and a snapshot would have none.
    for (const x of Object.keys(tabs)) if (Number(x) >= terminal.cols) delete tabs[Number(x)];
  }
  if (alt.lines.length > 0) return;
  // While it is not shown it keeps room for the lines it had, with them a history, and a saved cursor outside.
  alt.lines.maxLength = terminal.rows;
  alt.savedX = Math.min(alt.savedX, terminal.cols - 1);
  alt.savedY = Math.min(alt.savedY, terminal.rows - 1);
}

function tidyLine(line: Line, cols: number): void {
  // On the alternate screen lines stay as long as they were: deleting characters would bring back old ones.
  if (line.length > cols) line.resize(cols, undefined);
  // Half a wide character is left where the new edge cuts one.
  const last = (cols - 1) * 3;
  if ((line._data[last] ?? 0) >>> 22 === 2) line._data[last] = ERASED;
}

interface Core {
  _inputHandler?: InputHandler;
  _bufferService?: { buffers?: { normal?: ScreenBuffer; alt?: ScreenBuffer } };
}

interface ScreenBuffer {
  y: number;
  ybase: number;
  ydisp: number;
  savedX: number;
  savedY: number;
  readonly tabs: Record<number, boolean | undefined>;
  readonly lines: {
    readonly length: number;
    maxLength: number;
    get(y: number): Line | undefined;
  };
}

interface Line {
  readonly length: number;
  /** Three words a cell, the first its content. */
  readonly _data: Uint32Array;
  resize(cols: number, fill: undefined): void;
}

interface InputHandler {
  _restrictCursor?(lastColumn: number): void;
  _resetBufferLine?(y: number, respectProtect: boolean): void;
  markRangeDirty?(from: number, to: number): void;
  setHyperlink?(data: string): boolean;
}

function coreOf(terminal: PublicTerminal): Core | undefined {
  // Not part of the public surface: every use asks first whether it is there, and does without if not.
  return (terminal as { _core?: Core })._core;
}

interface LinkBudget extends Disposable {
  /** Whether OSC 8 with this data may go on to the emulator. */
  spend(data: string): boolean;
}

/** Bounds what OSC 8 can leak: a burst, then some with each line, for either screen. */
function createLinkBudget(terminal: PublicTerminal): LinkBudget {
  const left = { normal: LINK_BURST, alternate: LINK_BURST };
  let screen: keyof typeof left = "normal";
  let lines = 0;
  const settle = (): void => {
    left[screen] = Math.min(LINK_BURST, left[screen] + lines * LINKS_PER_LINE);
    lines = 0;
    screen = terminal.buffer.active.type === "alternate" ? "alternate" : "normal";
  };
  const onLine = terminal.onLineFeed(() => {
    lines += 1;
  });
  const onSwitch = terminal.buffer.onBufferChange(() => {
    settle();
    // The alternate screen forgot its lines when it was left.
    left.alternate = LINK_BURST;
  });
  return {
    spend(data) {
      const uri = data.slice(data.indexOf(";") + 1);
      if (uri === "") return true;
      settle();
      if (data.length <= MAX_LINK_LENGTH && left[screen] > 0) {
        left[screen] -= 1;
        return true;
      }
      // Text must not go on with the link before.
      coreOf(terminal)?._inputHandler?.setHyperlink?.(";");
      return false;
    },
    dispose() {
      onLine.dispose();
      onSwitch.dispose();
    },
  };
}
