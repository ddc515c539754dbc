import { CSI, ESC, OSC } from "./controls.ts";
import type { Params, Parser } from "./internals.ts";
import * as states from "./vt-states.ts";

const OSC_ID = 1;
const OSC_PAYLOAD = 2;
/** After it the parser ignores the rest of a CSI or DCS sequence. */
const MISPLACED = "<";

/** The beginning of the sequence or string the parser is in the middle of, "" in its ground state. */
export function writeUnfinished(parser: Parser): string {
  const collected = bytesOf(parser._collect);
  const prefix = collected.replace(/[\x20-\x2f]/g, "");
  const intermediates = collected.replace(/[<-?]/g, "");
  const head = prefix + paramsText(parser._params);
  switch (parser.currentState) {
    case states.ESCAPE:
      return ESC;
    case states.ESCAPE_INTERMEDIATE:
      return ESC + collected;
    case states.CSI_ENTRY:
      return CSI;
    case states.CSI_PARAM:
      return CSI + head;
    case states.CSI_INTERMEDIATE:
      return CSI + head + intermediates;
    case states.CSI_IGNORE:
      return `${CSI}0${MISPLACED}`;
    case states.OTHER_STRING:
      return `${ESC}X`;
    case states.OSC_STRING:
      return OSC + oscText(parser);
    case states.DCS_ENTRY:
      return `${ESC}P`;
    case states.DCS_PARAM:
      return `${ESC}P${head}`;
    case states.DCS_INTERMEDIATE:
      return `${ESC}P${head}${intermediates}`;
    case states.DCS_IGNORE:
      return `${ESC}P0${MISPLACED}`;
    case states.DCS_PASSTHROUGH:
      return `${ESC}P${dcsText(parser)}`;
    default:
      return "";
  }
}

/** The characters that xterm.js packed into a number, the last in the lowest byte. */
function bytesOf(packed: number): string {
  let text = "";
  for (let rest = packed; rest !== 0; rest >>>= 8) text = String.fromCharCode(rest & 0xff) + text;
  return text;
}

function paramsText(params: Params): string {
  let text = "";
  for (let i = 0; i < params.length; i++) {
    const value = params.params[i] ?? 0;
    text += (i === 0 ? "" : ";") + (value < 0 ? "" : value);
    for (const sub of params.getSubParams(i) ?? []) text += `:${sub < 0 ? "" : sub}`;
  }
  return params._rejectDigits ? `${text};` : text;
}

function oscText({ _oscParser }: Parser): string {
  const { _state: state, _id: id } = _oscParser;
  const number = id < 0 ? "" : String(Math.min(id, Number.MAX_SAFE_INTEGER));
  if (state === OSC_ID) return number;
  if (state !== OSC_PAYLOAD) return "x";
  const [handler] = _oscParser._active;
  return handler?._hitLimit ? "x" : `${number};${handler?._data ?? ""}`;
}

function dcsText({ _dcsParser, _params }: Parser): string {
  const name = bytesOf(_dcsParser._ident);
  const prefix = name.slice(0, -1).replace(/[\x20-\x2f]/g, "");
  const intermediates = name.slice(0, -1).replace(/[<-?]/g, "");
  const [handler] = _dcsParser._active;
  return `${prefix}${paramsText(_params)}${intermediates}${name.slice(-1)}${handler?._data ?? ""}`;
}
