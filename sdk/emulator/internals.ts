/**
 * The private fields of xterm.js 6.0.0 that snapshots and mirrors read, behind one door: {@link internalsOf} checks
 * the shape once and says what does not fit. The version is pinned; the snapshot tests are the gate for another.
 */

/** Translations of one character set, by ASCII character. */
export type Charset = Readonly<Record<string, string>>;

export interface ExtendedAttributes {
  /** Underline style in bits 26–28, underline colour in bits 0–25. */
  readonly _ext: number;
  readonly _urlId: number;
}

/** Pen or saved pen: `fg` and `bg` hold a colour in bits 0–25 and flags above. */
export interface Attributes {
  readonly fg: number;
  readonly bg: number;
  readonly extended: ExtendedAttributes;
}

export interface Line {
  readonly length: number;
  readonly isWrapped: boolean;
  /** Three words a cell: content and width, `fg`, `bg`. */
  readonly _data: Uint32Array;
  readonly _combined: Readonly<Record<number, string>>;
  readonly _extendedAttrs: Readonly<Record<number, ExtendedAttributes | undefined>>;
}

export interface ScreenBuffer {
  readonly x: number;
  readonly y: number;
  readonly ybase: number;
  readonly scrollTop: number;
  readonly scrollBottom: number;
  readonly savedX: number;
  readonly savedY: number;
  readonly savedCurAttrData: Attributes;
  readonly savedCharset: Charset | undefined;
  readonly tabs: Readonly<Record<number, boolean | undefined>>;
  readonly lines: { readonly length: number; get(index: number): Line | undefined };
}

export interface Params {
  readonly length: number;
  readonly params: Int32Array;
  readonly _rejectDigits: boolean;
  getSubParams(index: number): Int32Array | null;
}

interface PayloadHandler {
  readonly _data: string;
  readonly _hitLimit: boolean;
}

export interface Parser {
  readonly currentState: number;
  readonly precedingJoinState: number;
  readonly _params: Params;
  readonly _collect: number;
  readonly _oscParser: {
    readonly _state: number;
    readonly _id: number;
    readonly _active: readonly PayloadHandler[];
  };
  readonly _dcsParser: { readonly _ident: number; readonly _active: readonly PayloadHandler[] };
  reset(): void;
}

export interface ColorRequest {
  /** 0 report, 1 set, 2 restore. */
  readonly type: number;
  /** 0–255 of the palette, 256 foreground, 257 background, 258 cursor; without one, the whole palette. */
  readonly index?: number;
  readonly color?: readonly [number, number, number];
}

export interface InputHandler {
  readonly _curAttrData: Attributes;
  readonly _windowTitle: string;
  readonly _iconName: string;
  readonly _parser: Parser;
  parse(bytes: Uint8Array): unknown;
  onColor(listener: (requests: readonly ColorRequest[]) => void): { dispose(): void };
}

export interface Modes {
  readonly applicationCursorKeys: boolean;
  readonly applicationKeypad: boolean;
  readonly bracketedPasteMode: boolean;
  readonly cursorBlink: boolean | undefined;
  readonly cursorStyle: "block" | "underline" | "bar" | undefined;
  readonly origin: boolean;
  readonly reverseWraparound: boolean;
  readonly sendFocus: boolean;
  readonly synchronizedOutput: boolean;
  readonly wraparound: boolean;
}

export interface Link {
  readonly id?: string;
  readonly uri: string;
}

export interface Internals {
  readonly _inputHandler: InputHandler;
  readonly _bufferService: {
    readonly cols: number;
    readonly rows: number;
    readonly buffers: {
      readonly normal: ScreenBuffer;
      readonly alt: ScreenBuffer;
      readonly active: ScreenBuffer;
    };
  };
  readonly _charsetService: {
    readonly charset: Charset | undefined;
    readonly glevel: number;
    readonly _charsets: readonly (Charset | undefined)[];
  };
  readonly _oscLinkService: {
    getLinkData(id: number): Link | undefined;
    readonly _dataByLinkId: ReadonlyMap<number, { readonly lines: readonly { readonly line: number }[] }>;
  };
  readonly coreService: {
    readonly isCursorHidden: boolean;
    /** Whether the cursor is drawn before the terminal ever had the focus; entering the alternate screen sets it. */
    readonly isCursorInitialized: boolean;
    readonly modes: { readonly insertMode: boolean };
    readonly decPrivateModes: Modes;
  };
  readonly coreMouseService: { readonly activeProtocol: string; readonly activeEncoding: string };
  readonly optionsService: {
    readonly rawOptions: {
      readonly convertEol: boolean;
      readonly cursorBlink: boolean;
      readonly tabStopWidth: number;
    };
  };
}

const SHAPE: readonly (readonly [path: string, type: string])[] = [
  ["_inputHandler._curAttrData.fg", "number"],
  ["_inputHandler._curAttrData.extended._ext", "number"],
  ["_inputHandler._curAttrData.extended._urlId", "number"],
  ["_inputHandler._windowTitle", "string"],
  ["_inputHandler._iconName", "string"],
  ["_inputHandler.parse", "function"],
  ["_inputHandler.onColor", "function"],
  ["_inputHandler._parser.reset", "function"],
  ["_inputHandler._parser.currentState", "number"],
  ["_inputHandler._parser.precedingJoinState", "number"],
  ["_inputHandler._parser._collect", "number"],
  ["_inputHandler._parser._params.getSubParams", "function"],
  ["_inputHandler._parser._params._rejectDigits", "boolean"],
  ["_inputHandler._parser._oscParser._state", "number"],
  ["_inputHandler._parser._oscParser._id", "number"],
  ["_inputHandler._parser._oscParser._active.length", "number"],
  ["_inputHandler._parser._dcsParser._ident", "number"],
  ["_inputHandler._parser._dcsParser._active.length", "number"],
  ["_bufferService.cols", "number"],
  ["_bufferService.buffers.active.x", "number"],
  ["_bufferService.buffers.alt.savedX", "number"],
  ["_bufferService.buffers.normal.ybase", "number"],
  ["_bufferService.buffers.normal.scrollTop", "number"],
  ["_bufferService.buffers.normal.savedY", "number"],
  ["_bufferService.buffers.normal.savedCurAttrData.bg", "number"],
  ["_bufferService.buffers.normal.tabs", "object"],
  ["_bufferService.buffers.normal.lines.get", "function"],
  ["_charsetService.glevel", "number"],
  ["_charsetService._charsets.length", "number"],
  ["_oscLinkService.getLinkData", "function"],
  ["_oscLinkService._dataByLinkId.get", "function"],
  ["coreService.isCursorHidden", "boolean"],
  ["coreService.isCursorInitialized", "boolean"],
  ["coreService.modes.insertMode", "boolean"],
  ["coreService.decPrivateModes.synchronizedOutput", "boolean"],
  ["coreMouseService.activeProtocol", "string"],
  ["coreMouseService.activeEncoding", "string"],
  ["optionsService.rawOptions.convertEol", "boolean"],
  ["optionsService.rawOptions.cursorBlink", "boolean"],
];

const LINE_SHAPE: typeof SHAPE = [
  ["length", "number"],
  ["isWrapped", "boolean"],
  ["_data.BYTES_PER_ELEMENT", "number"],
  ["_combined", "object"],
  ["_extendedAttrs", "object"],
];

/** Throws when `terminal` is not an xterm.js terminal of the version this module knows. */
export function internalsOf(terminal: object): Internals {
  const core = at(terminal, "_core");
  requireShape(core, SHAPE, "_core");
  // The shape was checked field by field right above.
  const internals = core as Internals;
  const line = internals._bufferService.buffers.normal.lines.get(0);
  requireShape(line, LINE_SHAPE, "_core._bufferService.buffers.normal.lines.get(0)");
  return internals;
}

function requireShape(value: unknown, shape: typeof SHAPE, root: string): void {
  for (const [path, type] of shape) {
    const found = path.split(".").reduce(at, value);
    if (typeof found !== type || found === null) {
      throw new Error(
        `Terminal internals do not fit xterm.js 6.0.0: ${root}.${path} is ${found === null ? "null" : typeof found}, not ${type}. Pin @xterm/headless to 6.0.0.`,
      );
    }
  }
}

function at(value: unknown, name: string): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  // Any object may be asked for any property; what comes back is checked by the caller.
  return (value as Record<string, unknown>)[name];
}
