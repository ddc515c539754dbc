import { spawn } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/*
 * The scripts of this folder that end in .mjs run before anything is installed and on whatever Node there is (20 or
 * later): no dependency, no TypeScript, no newer API.
 */

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** `PATH` with the project's own commands, and so its own Node, first. */
export const ownPath = `${join(root, "node_modules/.bin")}:${process.env.PATH ?? ""}`;

const groups = new Set();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (groups.size === 0) return;
    for (const pid of groups) killGroup(pid);
    process.exit(signal === "SIGINT" ? 130 : 143);
  });
}

function killGroup(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group has no member left.
  }
}

/**
 * Runs a command to its end and keeps what it printed. It gets a process group of its own, and whatever is left of
 * that when the command ends, the deadline passes or this process is interrupted, is killed.
 * @returns {Promise<{code: number, output: string}>} code 124 when the deadline passed, 127 when there is no such command
 */
export function run(command, args, { deadlineMs = 10 * 60_000, env = {}, cwd = root } = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd,
      detached: true,
      env: { ...process.env, PATH: ownPath, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    if (child.pid !== undefined) groups.add(child.pid);
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      killGroup(child.pid);
    }, deadlineMs);
    const finish = (code) => {
      clearTimeout(deadline);
      groups.delete(child.pid);
      done({ code, output });
    };
    child.on("error", (error) => {
      output += `${error.message}\n`;
      finish(127);
    });
    child.on("exit", () => killGroup(child.pid));
    child.on("close", (code) => {
      if (late) output += `\nkilled after ${deadlineMs / 1000} s\n`;
      finish(late ? 124 : (code ?? 1));
    });
  });
}

/** Does something and prints one line: its name, seconds, and what it says of itself. */
export async function step(name, action) {
  const startedAt = Date.now();
  process.stdout.write(`${name.padEnd(18)} `);
  try {
    const note = await action();
    process.stdout.write(`${seconds(startedAt)} ok${note ? `  ${note}` : ""}\n`);
  } catch (error) {
    process.stdout.write(`${seconds(startedAt)} FAILED\n`);
    throw error;
  }
}

function seconds(startedAt) {
  return `${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s`;
}

/** What a command printed when it failed. */
export class CommandFailed extends Error {
  constructor(command, { code, output }) {
    super(`${output.trimEnd()}\n${command} left with code ${code}`);
    this.name = "CommandFailed";
  }
}

export async function runOrThrow(command, args, options) {
  const result = await run(command, args, options);
  if (result.code !== 0) throw new CommandFailed([command, ...args].join(" "), result);
  return result.output;
}
