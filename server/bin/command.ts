import type { z } from "zod";

/**
 * One subcommand: `server/bin/NAME.ts` exports it as `command`. Its flags are one zod object, from which parsing,
 * environment (`HOLDFAST_…`), error lines and `--help` are made (`server/config.ts`).
 */
export interface Command<Flags extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly summary: string;
  /** Whole command lines, with what they do. */
  readonly examples: readonly { readonly line: string; readonly does: string }[];
  /** Keys in camelCase; `.meta({ description, value: "PORT" })` describes each for `--help`. */
  readonly flags: Flags;
  /** Names of arguments that are no flags, in order, all required. */
  readonly positional?: readonly string[];
  /** What stands after `--`, as in `-- COMMAND...`; absent: nothing may. */
  readonly rest?: string;
  /** Resolves with the exit code. Throws a `UsageError` for what parsing could not know to be wrong (exit code 2). */
  run(input: CommandInput<z.output<Flags>>): Promise<number>;
}

export interface CommandInput<Values> {
  readonly flags: Values;
  readonly positional: readonly string[];
  readonly rest: readonly string[];
  /** Names of the flags that were given, by flag or environment, not defaulted. */
  readonly given: ReadonlySet<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** Keeps the type of the flags while a command is written down. */
export function defineCommand<Flags extends z.ZodObject>(command: Command<Flags>): Command<Flags> {
  return command;
}
