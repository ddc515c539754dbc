import type { DevError } from "../protocol/index.ts";

/** Texts of an error that go over the wire; a stack is told whole or not at all elsewhere. */
const MAX_MESSAGE = 2_000;
const MAX_STACK = 8_000;

/**
 * What is told of an error that a hot module threw: where in the watched folder, if its stack says so.
 * @param base where modules come from; it and the version after it are taken out of the stack
 */
export function errorReport(error: unknown, file: string, base: string): DevError {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE);
  const stack = error instanceof Error ? error.stack?.replaceAll(versionedBase(base), "") : undefined;
  const place = stack === undefined ? undefined : placeIn(stack);
  return {
    message,
    file,
    ...place,
    ...(stack === undefined ? {} : { stack: stack.slice(0, MAX_STACK) }),
  };
}

function versionedBase(base: string): RegExp {
  return new RegExp(`${base.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}@[\\w-]+/`, "g");
}

/** The topmost frame that is a file of the folder: its URL has become a path. `at f (path:1:2)` or `f@path:1:2`. */
function placeIn(stack: string): Pick<DevError, "file" | "line" | "column"> | undefined {
  for (const line of stack.split("\n")) {
    const found = /^(?:\s*at (?:.*\()?|[^@]*@)([^\s():][^():]*):(\d+):(\d+)\)?$/.exec(line);
    if (found?.[1] === undefined || found[1] === "<anonymous>") continue;
    return { file: found[1], line: Number(found[2]), column: Number(found[3]) };
  }
  return undefined;
}
