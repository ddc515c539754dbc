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
 * The file that a command names, looked for as a shell does: node-pty would start a process that fails inside.
 * @throws ProgramError
 */
export function findProgram(file: string, cwd: string, path: string): string {
  const isPath = file.includes("/");
  const places = isPath ? [resolve(cwd, file)] : path.split(delimiter).map((dir) => resolve(cwd, join(dir, file)));
  const there = places.filter(isFile);
  const found = there.find(isExecutable);
  if (found !== undefined) return found;
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
