import type { DevError } from "../../protocol/index.ts";
import { relativePath } from "./relative-path.ts";

const MAX_MESSAGE = 4_000;
const MAX_STACK = 8_000;

/** What bundlers add to an error: where it is, in the words of Rollup (Rolldown's plugins have the same). */
interface BundlerError {
  readonly id?: unknown;
  readonly loc?: { readonly file?: unknown; readonly line?: unknown; readonly column?: unknown };
  /** Rolldown gives several at once. */
  readonly errors?: readonly unknown[];
}

/** A bundler's error as it is told to the others. */
export function buildError(error: unknown, root: string, buildId: string | undefined): DevError {
  // Fields of anything that was thrown, checked one by one.
  const outer = (typeof error === "object" && error !== null ? error : {}) as BundlerError;
  const first: unknown = Array.isArray(outer.errors) ? outer.errors[0] : undefined;
  // As above.
  const { id, loc } = (typeof first === "object" && first !== null ? first : outer) as BundlerError;
  const file = typeof loc?.file === "string" ? loc.file : typeof id === "string" ? id : undefined;
  const told = file === undefined ? undefined : (relativePath(root, file) ?? file);
  const stack = error instanceof Error ? plain(error.stack ?? "").slice(0, MAX_STACK) : undefined;
  return {
    ...(buildId === undefined ? {} : { buildId }),
    message: plain(error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE),
    ...(told === undefined ? {} : { file: told }),
    ...(typeof loc?.line === "number" ? { line: loc.line } : {}),
    ...(typeof loc?.column === "number" ? { column: loc.column } : {}),
    ...(stack === undefined ? {} : { stack }),
  };
}

/** Bundlers colour their messages for a terminal. */
function plain(text: string): string {
  return text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, "g"), "");
}
