import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** A command that cannot be started; `exitCode` is what a shell ends with: 127 not there, 126 not to be run. */
export class ProgramError extends Error {
  readonly exitCode: 126 | 127;

  constructor(message: string, exitCode: 126 | 127) {
    super(message);
    this.name = "ProgramError";
    this.exitCode = exitCode;
  }
}

/**
 * Looks for what a command names, as a shell does: node-pty starts a process in any case, which then fails inside.
 * @throws ProgramError
 */
export function requireProgram(file: string, cwd: string, path: string): void {
  const isPath = file.includes("/");
  const places = isPath
    ? [resolve(cwd, file)]
    : path.split(delimiter).map((dir) => resolve(cwd, join(dir, file)));
  const there = places.filter(isFile);
  if (there.some(isExecutable)) return;
  const [refused] = there;
  if (refused !== undefined) throw new ProgramError(`${refused} may not be executed`, 126);
  throw new ProgramError(`${file}: command not found${isPath ? "" : " in PATH"}`, 127);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
