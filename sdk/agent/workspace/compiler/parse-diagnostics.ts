/** One thing a compiler says. `file` is relative to the watched folder, POSIX; absent where it speaks of no file. */
export interface Diagnostic {
  readonly severity: "error" | "warning" | "info";
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
}

const AT_FILE = /^(.+?)\((\d+),(\d+)\): (error|warning|info|message) (TS\d+): (.*)$/;
const ALONE = /^(error|warning|info|message) (TS\d+): (.*)$/;
const STARTED = /^(?:\[?[\d:. apmAPM]+\]? -? ?)?(?:Starting compilation|File change detected|Build starting)/;
const FINISHED = /Found \d+ errors?\. Watching for file changes/;

export type CompilerLine =
  | { readonly kind: "started" | "finished" | "other" }
  | { readonly kind: "diagnostic"; readonly diagnostic: Diagnostic }
  /** The line before it goes on. */
  | { readonly kind: "more"; readonly text: string };

/** Reads one line of `tsc --watch --pretty false`, of TypeScript 5 to 7. */
export function readCompilerLine(line: string): CompilerLine {
  const placed = AT_FILE.exec(line);
  if (placed !== null) {
    const [, file = "", row, column, severity = "", code = "", message = ""] = placed;
    const at = { file: file.replaceAll("\\", "/"), line: Number(row), column: Number(column) };
    return { kind: "diagnostic", diagnostic: { ...at, severity: severityOf(severity), code, message } };
  }
  const alone = ALONE.exec(line);
  if (alone !== null) {
    const [, severity = "", code = "", message = ""] = alone;
    return { kind: "diagnostic", diagnostic: { severity: severityOf(severity), code, message } };
  }
  if (FINISHED.test(line)) return { kind: "finished" };
  if (STARTED.test(line)) return { kind: "started" };
  return /^\s+\S/.test(line) ? { kind: "more", text: line.trim() } : { kind: "other" };
}

function severityOf(word: string): Diagnostic["severity"] {
  return word === "error" || word === "warning" ? word : "info";
}
