import { CSI, ESC, OSC, ST } from "./controls.ts";
import type { Internals, Modes } from "./internals.ts";

const MOUSE_PROTOCOLS: Readonly<Record<string, number>> = { X10: 9, VT200: 1000, DRAG: 1002, ANY: 1003 };
const MOUSE_ENCODINGS: Readonly<Record<string, number>> = { SGR: 1006, SGR_PIXELS: 1016 };
const CURSOR_STYLES = { block: 1, underline: 3, bar: 5 } as const;
/** A DECSCUSR parameter that sets the blinking and no style. */
const BLINKING_ONLY = 7;

/** Modes that moving and printing do not depend on, from the state after a reset. What a reset spares is always set. */
export function writeModes(internals: Internals, isCursorBlinkKnown: boolean): string {
  const { coreService, coreMouseService, optionsService } = internals;
  const { convertEol, cursorBlink } = optionsService.rawOptions;
  const modes = coreService.decPrivateModes;
  const set = (mode: number, isSet: boolean): string => (isSet ? `${CSI}?${mode}h` : "");
  return (
    (convertEol ? `${CSI}20h` : "") +
    set(1, modes.applicationCursorKeys) +
    (modes.applicationKeypad ? `${ESC}=` : "") +
    set(45, modes.reverseWraparound) +
    set(2004, modes.bracketedPasteMode) +
    set(MOUSE_PROTOCOLS[coreMouseService.activeProtocol] ?? 0, coreMouseService.activeProtocol !== "NONE") +
    set(
      MOUSE_ENCODINGS[coreMouseService.activeEncoding] ?? 0,
      coreMouseService.activeEncoding !== "DEFAULT",
    ) +
    set(1004, modes.sendFocus) +
    `${CSI}?25${coreService.isCursorHidden ? "l" : "h"}` +
    (isCursorBlinkKnown ? `${CSI}?12${cursorBlink ? "h" : "l"}` : "") +
    cursorStyle(modes)
  );
}

function cursorStyle({ cursorStyle, cursorBlink }: Modes): string {
  if (cursorBlink === undefined) return "";
  const style = cursorStyle === undefined ? BLINKING_ONLY : CURSOR_STYLES[cursorStyle];
  return `${CSI}${style + (cursorBlink ? 0 : 1)} q`;
}

/** Modes that change what printing does, for after the last character that is printed to place the cursor. */
export function writePrintingModes({ coreService }: Internals): string {
  const { wraparound, synchronizedOutput } = coreService.decPrivateModes;
  return (
    (coreService.modes.insertMode ? `${CSI}4h` : "") +
    (wraparound ? "" : `${CSI}?7l`) +
    (synchronizedOutput ? `${CSI}?2026h` : "")
  );
}

/** Window title and icon name: kept by a reset, hence written even when empty. */
export function writeTitles({ _inputHandler }: Internals): string {
  const { _iconName: icon, _windowTitle: title } = _inputHandler;
  if (icon === title) return `${OSC}0;${title}${ST}`;
  return `${OSC}1;${icon}${ST}${OSC}2;${title}${ST}`;
}
