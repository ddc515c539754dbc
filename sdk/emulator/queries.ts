import type { Disposable, PublicTerminal, SequenceId, SequenceParams } from "./public-terminal.ts";

/** A sequence that emulators answer with input of their own. */
export type EmulatorQuery =
  | { readonly kind: "csi"; readonly id: SequenceId; readonly when?: (params: SequenceParams) => boolean }
  | { readonly kind: "dcs"; readonly id: SequenceId }
  | { readonly kind: "esc"; readonly id: SequenceId }
  | { readonly kind: "osc"; readonly code: number };

/** Window operations that report: position, sizes and titles. */
const WINDOW_REPORTS = new Set([11, 13, 14, 15, 16, 18, 19, 20, 21]);

/** Device attributes, status and mode reports, version, window and colour reports. */
export const EMULATOR_QUERIES: readonly EmulatorQuery[] = [
  { kind: "csi", id: { final: "c" } },
  { kind: "csi", id: { prefix: ">", final: "c" } },
  { kind: "csi", id: { prefix: "=", final: "c" } },
  { kind: "csi", id: { final: "n" } },
  { kind: "csi", id: { prefix: "?", final: "n" } },
  { kind: "csi", id: { intermediates: "$", final: "p" } },
  { kind: "csi", id: { prefix: "?", intermediates: "$", final: "p" } },
  { kind: "csi", id: { prefix: ">", final: "q" } },
  { kind: "csi", id: { prefix: "?", final: "u" } },
  {
    kind: "csi",
    id: { final: "t" },
    when: ([operation]) => typeof operation === "number" && WINDOW_REPORTS.has(operation),
  },
  { kind: "dcs", id: { intermediates: "$", final: "q" } },
  { kind: "dcs", id: { intermediates: "+", final: "q" } },
  { kind: "esc", id: { final: "Z" } },
  { kind: "osc", code: 4 },
  { kind: "osc", code: 10 },
  { kind: "osc", code: 11 },
  { kind: "osc", code: 12 },
];

/** Whether the data of OSC 4, 10, 11 or 12 asks for a colour: one of its values is `?`. */
export function asksForColor(data: string): boolean {
  return data.split(";").includes("?");
}

export interface SwallowedQueries extends Disposable {
  /**
   * Whether `data` of the terminal's onData is an answer that could not be prevented: colours asked for beside
   * colours set, and the focus report that turning focus reports on gives. Call it once per event, in order.
   */
  isAnswer(data: string): boolean;
}

const FOCUS_REPORTS = 1004;
// biome-ignore lint/suspicious/noControlCharactersInRegex: answers are control sequences.
const ANSWER = /^\x1b(\[[IO]$|\](4;\d+|1[0-2]);)/;

/** Keeps a viewer from answering what the owner's side answers. What the user types, and `terminal.input`, still work. */
export function swallowQueries(terminal: PublicTerminal): SwallowedQueries {
  const { parser } = terminal;
  let expected = 0;
  /** The answers, if any, come before the next sequence is parsed, in the same turn. */
  const expect = (answers: number): void => {
    expected = answers;
    queueMicrotask(() => {
      expected = 0;
    });
  };
  const swallow = (query: EmulatorQuery): Disposable => {
    switch (query.kind) {
      case "csi":
        return parser.registerCsiHandler(query.id, (params) => query.when?.(params) ?? true);
      case "dcs":
        return parser.registerDcsHandler(query.id, () => true);
      case "esc":
        return parser.registerEscHandler(query.id, () => true);
      case "osc":
        return parser.registerOscHandler(query.code, (data) => {
          if (!asksForColor(data)) return false;
          const values = data.split(";").filter((_, i) => query.code !== 4 || i % 2 === 1);
          const asked = values.filter((value) => value === "?").length;
          if (asked === values.length) return true;
          expect(asked);
          return false;
        });
    }
  };
  const registered = EMULATOR_QUERIES.map(swallow);
  registered.push(
    parser.registerCsiHandler({ prefix: "?", final: "h" }, (params) => {
      if (params.includes(FOCUS_REPORTS)) expect(1);
      return false;
    }),
  );
  return {
    isAnswer(data) {
      if (expected === 0 || !ANSWER.test(data)) return false;
      expected -= 1;
      return true;
    },
    dispose() {
      for (const one of registered) one.dispose();
    },
  };
}
