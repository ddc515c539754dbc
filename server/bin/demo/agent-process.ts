import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { isAlive, signal } from "./process-signal.ts";
import { DEMO_PROJECT, DEMO_SESSION } from "./seed.ts";

export interface DemoAgentOptions {
  /** Where its pid file is kept: the folder of the store. */
  readonly folder: string;
  readonly url: string;
  /** The program that is running now and its arguments up to the subcommand. */
  readonly program: readonly [string, ...string[]];
}

/** The process that owns the demo's shell. */
export interface DemoAgent {
  readonly pid: number;
  /** Ends it, gently first. Idempotent. */
  stop(): Promise<void>;
}

const noteSchema = z.object({ pid: z.int().positive(), url: z.string() });

/** How long it may take to end its shell, in milliseconds. */
export const AGENT_STOP_MS = 2_000;

/**
 * Starts the agent as a process of its own, or takes over the one an earlier server left behind: a server that was
 * killed must not take the shell with it.
 */
export async function startDemoAgent({ folder, url, program }: DemoAgentOptions): Promise<DemoAgent> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const notePath = join(folder, "demo-agent.json");
  const known = await knownAgent(notePath);
  const stop = async (pid: number): Promise<void> => {
    await end(pid);
    await rm(notePath, { force: true });
  };
  if (known !== undefined) {
    if (known.url === url) return { pid: known.pid, stop: () => stop(known.pid) };
    await stop(known.pid);
  }
  const child = await launch(program, url, join(folder, "demo-agent.log"));
  const { pid } = child;
  if (pid === undefined) throw new Error("the demo's agent could not be started");
  await writeFile(notePath, JSON.stringify({ pid, url }), { mode: 0o600 });
  return { pid, stop: () => stop(pid) };
}

async function launch(
  program: DemoAgentOptions["program"],
  url: string,
  logPath: string,
): Promise<ChildProcess> {
  const [command, ...args] = program;
  const log = await open(logPath, "w", 0o600);
  try {
    const child = spawn(
      command,
      [...args, "share", "--project", DEMO_PROJECT, "--session", DEMO_SESSION, "--url", url, "--", "bash"],
      { detached: true, stdio: ["ignore", "ignore", log.fd] },
    );
    await new Promise((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

/** The agent the note tells of, if it still runs and really is one: pids come round again. */
async function knownAgent(notePath: string): Promise<z.output<typeof noteSchema> | undefined> {
  let note: unknown;
  try {
    note = JSON.parse(await readFile(notePath, "utf8"));
  } catch {
    return undefined;
  }
  const parsed = noteSchema.safeParse(note);
  if (!parsed.success || !isAlive(parsed.data.pid)) return undefined;
  const command = await commandOf(parsed.data.pid);
  const isAgent = command.includes("share") && command.includes(`--session ${DEMO_SESSION}`);
  return isAgent ? parsed.data : undefined;
}

async function end(pid: number): Promise<void> {
  if (!signal(pid, "SIGTERM")) return;
  const deadline = Date.now() + AGENT_STOP_MS;
  while (isAlive(pid)) {
    if (Date.now() >= deadline) return void signal(pid, "SIGKILL");
    await delay(20);
  }
}

async function commandOf(pid: number): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "args=", "-p", String(pid)]);
    return stdout;
  } catch {
    // No `ps` here (a slim container): ask the kernel, where there is one to ask.
    return readFile(`/proc/${pid}/cmdline`, "utf8").then(
      (text) => text.replaceAll("\0", " "),
      () => "",
    );
  }
}
