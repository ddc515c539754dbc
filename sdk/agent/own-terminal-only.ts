import { readdirSync, readlinkSync } from "node:fs";
import { requireProgram } from "./require-program.ts";

/** Where Linux tells which files this process has open. */
const OPEN_FILES = "/proc/self/fd";

/**
 * A command line that runs a program without the other terminals of this process. On Linux node-pty leaves them open
 * in what it starts: a program could read and type there, and would keep a terminal open whose owner is gone, so that
 * the program in it is never told. Closing numbers above 9 takes bash; without it they stay open.
 */
export function ownTerminalOnly(
  file: string,
  args: readonly string[],
  cwd: string,
  path: string,
): readonly [file: string, args: readonly string[]] {
  const others = openTerminals();
  if (others.length === 0 || !isThere("bash", cwd, path)) return [file, args];
  const close = others.map((fd) => `${fd}>&-`).join(" ");
  // Privileged mode reads no startup files.
  return ["bash", ["-p", "-c", `exec ${close}; exec -- "$@"`, "bash", file, ...args]];
}

function openTerminals(): string[] {
  try {
    return readdirSync(OPEN_FILES).filter((fd) => targetOf(fd).endsWith("/ptmx"));
  } catch {
    // Not Linux: elsewhere node-pty closes them itself.
    return [];
  }
}

function targetOf(fd: string): string {
  try {
    return readlinkSync(`${OPEN_FILES}/${fd}`);
  } catch {
    // Closed meanwhile, as the listing itself is.
    return "";
  }
}

function isThere(file: string, cwd: string, path: string): boolean {
  try {
    requireProgram(file, cwd, path);
    return true;
  } catch {
    return false;
  }
}
