/**
 * States of the VT500 parser (https://vt100.net/emu/dec_ansi_parser), numbered and with the transitions that
 * xterm.js 6.0.0 has, its deviations included: APC and PM end at a character past U+00A0, and C1 controls
 * (U+0080–U+009F) act in every state. A test walks both parsers side by side.
 */
export const GROUND = 0;
export const ESCAPE = 1;
export const ESCAPE_INTERMEDIATE = 2;
export const CSI_ENTRY = 3;
export const CSI_PARAM = 4;
export const CSI_INTERMEDIATE = 5;
export const CSI_IGNORE = 6;
/** SOS, PM and APC. */
export const OTHER_STRING = 7;
export const OSC_STRING = 8;
export const DCS_ENTRY = 9;
export const DCS_PARAM = 10;
export const DCS_IGNORE = 11;
export const DCS_INTERMEDIATE = 12;
export const DCS_PASSTHROUGH = 13;

/** The class of every character from U+00A0 on. */
export const WIDE_CLASS = 0xa0;

const STATES = 14;

/** Next state by `state << 8 | class`; a class is the code point, {@link WIDE_CLASS} at most. */
export const NEXT_STATE: Readonly<Uint8Array> = buildTable();

function buildTable(): Uint8Array {
  const table = new Uint8Array(STATES << 8);
  const set = (state: number, from: number, to: number, next: number): void => {
    table.fill(next, (state << 8) | from, ((state << 8) | to) + 1);
  };
  const stay = (state: number, ...ranges: readonly (readonly [number, number])[]): void => {
    for (const [from, to] of ranges) set(state, from, to, state);
  };
  for (let state = ESCAPE; state < STATES; state++) stay(state, [0x00, 0x1f]);
  for (const state of [ESCAPE, ESCAPE_INTERMEDIATE]) stay(state, [0x7f, 0x7f]);
  set(ESCAPE, 0x20, 0x2f, ESCAPE_INTERMEDIATE);
  set(ESCAPE, 0x50, 0x50, DCS_ENTRY);
  set(ESCAPE, 0x58, 0x58, OTHER_STRING);
  set(ESCAPE, 0x5b, 0x5b, CSI_ENTRY);
  set(ESCAPE, 0x5d, 0x5d, OSC_STRING);
  set(ESCAPE, 0x5e, 0x5f, OTHER_STRING);
  stay(ESCAPE_INTERMEDIATE, [0x20, 0x2f]);

  for (const state of [CSI_ENTRY, CSI_PARAM, CSI_INTERMEDIATE, CSI_IGNORE]) stay(state, [0x7f, 0x7f]);
  set(CSI_ENTRY, 0x20, 0x2f, CSI_INTERMEDIATE);
  set(CSI_ENTRY, 0x30, 0x3f, CSI_PARAM);
  set(CSI_PARAM, 0x20, 0x2f, CSI_INTERMEDIATE);
  stay(CSI_PARAM, [0x30, 0x3b]);
  set(CSI_PARAM, 0x3c, 0x3f, CSI_IGNORE);
  stay(CSI_INTERMEDIATE, [0x20, 0x2f]);
  set(CSI_INTERMEDIATE, 0x30, 0x3f, CSI_IGNORE);
  stay(CSI_IGNORE, [0x20, 0x3f], [WIDE_CLASS, WIDE_CLASS]);

  stay(OTHER_STRING, [0x20, 0x7f]);
  stay(OSC_STRING, [0x20, 0x7f], [WIDE_CLASS, WIDE_CLASS]);

  for (const state of [DCS_ENTRY, DCS_PARAM, DCS_INTERMEDIATE]) {
    stay(state, [0x7f, 0x7f]);
    set(state, 0x20, 0x2f, DCS_INTERMEDIATE);
    set(state, 0x40, 0x7e, DCS_PASSTHROUGH);
  }
  set(DCS_ENTRY, 0x30, 0x3f, DCS_PARAM);
  stay(DCS_PARAM, [0x30, 0x3b]);
  set(DCS_PARAM, 0x3c, 0x3f, DCS_IGNORE);
  set(DCS_INTERMEDIATE, 0x30, 0x3f, DCS_IGNORE);
  for (const state of [DCS_IGNORE, DCS_PASSTHROUGH]) stay(state, [0x20, 0x7f], [WIDE_CLASS, WIDE_CLASS]);

  for (let state = GROUND; state < STATES; state++) {
    for (const code of [0x18, 0x1a]) set(state, code, code, GROUND);
    set(state, 0x80, 0x9f, GROUND);
    set(state, 0x1b, 0x1b, ESCAPE);
    set(state, 0x90, 0x90, DCS_ENTRY);
    for (const code of [0x98, 0x9e, 0x9f]) set(state, code, code, OTHER_STRING);
    set(state, 0x9b, 0x9b, CSI_ENTRY);
    set(state, 0x9d, 0x9d, OSC_STRING);
  }
  set(OSC_STRING, 0x07, 0x07, GROUND);
  return table;
}

/** Whether a character of this class begins a sequence or string, whatever the state before it. */
export function beginsSequence(code: number): boolean {
  return (
    code === 0x1b ||
    code === 0x90 ||
    code === 0x98 ||
    code === 0x9b ||
    code === 0x9d ||
    code === 0x9e ||
    code === 0x9f
  );
}
