import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { isAlive, signal } from "./process-signal.ts";
import { DEMO_PROJECT, DEMO_SESSION } from "./seed.ts";

export interface DemoAgentOptions {
  /** Where pid files are kept: the folder of the store. */
  readonly folder: string;
  readonly url: string;
  /** What is watched for hot modules. */
  readonly workspace: string;
  /** The program that is running now and its arguments up to the subcommand. */
  readonly program: readonly [string, ...string[]];
}

/** The processes that own the demo's programs. */
export interface DemoAgents {
  /** Ends them, gently first. Idempotent. */
  stop(): Promise<void>;
}

interface Role {
  /** Of its pid file and its log. */
  readonly name: string;
  readonly args: readonly string[];
}

/** One shares the shell, one runs what visitors start from the page, one tells what is saved in the workspace. */
const ROLES: readonly Role[] = [
  {
    name: "demo-agent",
    args: ["share", "--project", DEMO_PROJECT, "--session", DEMO_SESSION, "--url", "{url}", "--", "bash"],
  },
  {
    name: "demo-spawner",
    args: ["agent", "--project", DEMO_PROJECT, "--url", "{url}", "--allow", "shell=exec bash"],
  },
  {
    name: "demo-watcher",
    args: ["watch", "{workspace}", "--project", DEMO_PROJECT, "--url", "{url}"],
  },
];

const noteSchema = z.object({ pid: z.int().positive(), url: z.string() });

/** How long they may take to end their programs, in milliseconds. */
export const AGENT_STOP_MS = 2_000;

/**
 * Starts each agent as a process of its own, or takes over the one an earlier server left behind: a server that was
 * killed must not take the programs with it.
 */
export async function startDemoAgents(options: DemoAgentOptions): Promise<DemoAgents> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const agents = await Promise.all(ROLES.map((role) => startAgent(role, options)));
  return {
    async stop() {
      await Promise.all(agents.map((agent) => agent.stop()));
    },
  };
}

async function startAgent(role: Role, options: DemoAgentOptions): Promise<DemoAgents> {
  const { folder, url, program } = options;
  const notePath = join(folder, `${role.name}.json`);
  const known = await knownAgent(notePath, role, options);
  const stop = async (pid: number): Promise<void> => {
    await end(pid);
    await rm(notePath, { force: true });
  };
  if (known !== undefined) {
    if (known.url === url) return { stop: () => stop(known.pid) };
    await stop(known.pid);
  }
  const { pid } = await launch(program, argsOf(role, options), join(folder, `${role.name}.log`));
  if (pid === undefined) throw new Error("an agent of the demo could not be started");
  await writeFile(notePath, JSON.stringify({ pid, url }), { mode: 0o600 });
  return { stop: () => stop(pid) };
}

/** A role's command line, with its blanks filled in. */
function argsOf({ args }: Role, { url, workspace }: Pick<DemoAgentOptions, "url" | "workspace">): string[] {
  return args.map((arg) => (arg === "{url}" ? url : arg === "{workspace}" ? workspace : arg));
}

async function launch(
  [command, ...first]: DemoAgentOptions["program"],
  args: readonly string[],
  logPath: string,
): Promise<ChildProcess> {
  const log = await open(logPath, "w", 0o600);
  try {
    const child = spawn(command, [...first, ...args], {
      detached: true,
      stdio: ["ignore", "ignore", log.fd],
    });
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
async function knownAgent(
  notePath: string,
  role: Role,
  { workspace }: DemoAgentOptions,
): Promise<z.output<typeof noteSchema> | undefined> {
  let note: unknown;
  try {
    note = JSON.parse(await readFile(notePath, "utf8"));
  } catch {
    return undefined;
  }
  const parsed = noteSchema.safeParse(note);
  if (!parsed.success || !isAlive(parsed.data.pid)) return undefined;
  const command = await commandOf(parsed.data.pid);
  const wanted = argsOf(role, { url: parsed.data.url, workspace }).join(" ");
  return command.trim().endsWith(wanted) ? parsed.data : undefined;
}

async function end(pid: number): Promise<void> {
  if (!signal(pid, "SIGTERM") || (await isGone(pid, AGENT_STOP_MS))) return;
  signal(pid, "SIGKILL");
  // Nothing survives that; the kernel may need a moment.
  await isGone(pid, AGENT_STOP_MS);
}

async function isGone(pid: number, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (isAlive(pid)) {
    if (Date.now() >= deadline) return false;
    await delay(20);
  }
  return true;
}

async function commandOf(pid: number): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-ww", "-o", "args=", "-p", String(pid)]);
    return stdout;
  } catch {
    // No `ps` here (a slim container): ask the kernel, where there is one to ask.
    return readFile(`/proc/${pid}/cmdline`, "utf8").then(
      (text) => text.replaceAll("\0", " "),
      () => "",
    );
  }
}
