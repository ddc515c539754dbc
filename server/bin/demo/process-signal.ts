import { readFileSync } from "node:fs";

/** Sends a signal to a process that need not be a child. @returns whether there was one to take it */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Whether a process runs. One that has ended and was not waited for yet still takes signals, but does not. */
export function isAlive(pid: number): boolean {
  return signal(pid, 0) && !isZombie(pid);
}

function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // No such file system here: then there is nobody to ask.
    return false;
  }
}
