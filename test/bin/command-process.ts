import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { PATIENCE_MS } from "../support/patience.ts";

const PROGRAM = fileURLToPath(new URL("../../server/bin/holdfast.ts", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a real process; killed when the test is over, if it still runs. */
export interface CommandProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  readonly output: () => { readonly stdout: string; readonly stderr: string };
  /** The first line on stdout. */
  firstLine(): Promise<string>;
  finished(): Promise<Finished>;
}

/** A process of Node has its program to read first, while others read theirs. */
const PROCESS_MS = 2 * PATIENCE_MS;

export function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): CommandProcess {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(HOLDFAST_|EXTERNAL_URL|NODE_OPTIONS|VITEST)/.test(name),
  );
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const closed = once(child, "close");
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await closed;
  });
  return {
    pid: child.pid ?? 0,
    child,
    output: () => ({ stdout, stderr }),
    async firstLine() {
      const signal = AbortSignal.timeout(PROCESS_MS);
      while (!stdout.includes("\n")) {
        const next = await Promise.race([
          once(child.stdout, "data", { signal }),
          closed.then(() => "closed"),
        ]);
        if (next === "closed" && !stdout.includes("\n"))
          throw new Error(`no line on stdout; stderr: ${stderr}`);
      }
      return stdout.split("\n", 1)[0] ?? "";
    },
    async finished() {
      const late = AbortSignal.timeout(PROCESS_MS);
      await Promise.race([
        closed,
        once(late, "abort").then(() => {
          throw new Error(`still running; stdout: ${stdout} stderr: ${stderr}`);
        }),
      ]);
      return { code: child.exitCode, stdout, stderr };
    },
  };
}

/** An empty folder, removed when the test is over. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
