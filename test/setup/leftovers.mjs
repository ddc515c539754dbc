import { readdirSync, readFileSync } from "node:fs";

/** Set for a whole run and inherited by everything it starts, detached or not. */
export const marker = `HOLDFAST_TEST_RUN=${process.pid}.${Date.now()}`;

/**
 * Ends every process that a finished run left behind.
 * @returns their command lines; nothing on systems without /proc
 */
export function endLeftovers() {
  const found = [];
  for (const pid of processes()) {
    const entry = read(pid);
    if (entry === undefined) continue;
    found.push(entry);
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself meanwhile.
    }
  }
  return found;
}

function processes() {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function read(pid) {
  if (pid === process.pid) return undefined;
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    if (!variables.includes(marker)) return undefined;
    return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim()}`;
  } catch {
    return undefined;
  }
}
