import type { Command, CommandInput } from "./command.ts";
import { parseFlags } from "./flags.ts";
import { commandHelp, overview } from "./help.ts";
import { nearest } from "./nearest.ts";
import { UsageError } from "./usage-error.ts";

/** Commands by name, loaded when asked for: `holdfast token` does not start a server's worth of modules. */
const COMMANDS: Readonly<Record<string, { summary: string; load: () => Promise<{ command: Command }> }>> = {
  serve: { summary: "the server", load: () => import("./serve.ts") },
  share: {
    summary: "a command in a terminal that others see and type into",
    load: () => import("./share.ts"),
  },
  agent: { summary: "runs what others spawn, each in a shared terminal", load: () => import("./agent.ts") },
  watch: {
    summary: "tells a project what happens in a folder: saves, git, diagnostics",
    load: () => import("./watch.ts"),
  },
  token: { summary: "a development token", load: () => import("./token.ts") },
  status: { summary: "what a running server is doing", load: () => import("./status.ts") },
};

const OK = 0;
const FAILED = 1;
const MISUSED = 2;

/** Runs one command line. @returns the exit code: 2 for a wrong command line, 1 for what went wrong at work */
export async function runCommandLine(
  input: Pick<CommandInput<unknown>, "env" | "stdout" | "stderr"> & { readonly args: readonly string[] },
): Promise<number> {
  const [name, ...args] = input.args;
  const say = (line: string): void => void input.stderr.write(`${line}\n`);
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const commands = Object.entries(COMMANDS).map(([known, { summary }]) => ({ name: known, summary }));
    (name === undefined ? input.stderr : input.stdout).write(overview(commands));
    return name === undefined ? MISUSED : OK;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) {
    const guess = nearest(name, Object.keys(COMMANDS));
    say(
      `holdfast: unknown command "${name}"; ${guess === undefined ? "see holdfast --help" : `did you mean ${guess}?`}`,
    );
    return MISUSED;
  }
  const { command } = await entry.load();
  const own = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  if (own.includes("--help") || own.includes("-h")) {
    input.stdout.write(commandHelp(command));
    return OK;
  }
  try {
    return await command.run({ ...parseFlags(command, args, input.env), ...input });
  } catch (error) {
    const isMisuse = error instanceof UsageError;
    say(`holdfast ${name}: ${oneLine(error)}${isMisuse ? ` (holdfast ${name} --help)` : ""}`);
    return isMisuse ? MISUSED : FAILED;
  }
}

function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, " ");
}
