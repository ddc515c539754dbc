import type { z } from "zod";
import type { Command } from "./command.ts";
import { readConfigFile } from "./config-file.ts";
import { type FlagSpec, flagSpecs, valueNameOf } from "./flag-specs.ts";
import { nearest } from "./nearest.ts";
import { UsageError } from "./usage-error.ts";

export interface ParsedFlags<Values> {
  readonly flags: Values;
  readonly positional: readonly string[];
  readonly rest: readonly string[];
  readonly given: ReadonlySet<string>;
}

/**
 * Reads a command line, the environment and a file of flags (`--config`) by the command's schema; the first that says
 * something wins.
 * @throws UsageError with one line: what is wrong and the mend
 */
export function parseFlags<Flags extends z.ZodObject>(
  command: Command<Flags>,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ParsedFlags<z.output<Flags>> {
  const specs = flagSpecs(command.flags);
  const raw = new Map<string, string | boolean | string[]>();
  const positional: string[] = [];
  const end = args.indexOf("--");
  const rest = end === -1 ? [] : args.slice(end + 1);
  if (end !== -1 && command.rest === undefined) throw new UsageError("nothing may follow --");
  const own = end === -1 ? args : args.slice(0, end);

  for (let at = 0; at < own.length; at += 1) {
    const arg = own[at] ?? "";
    if (!arg.startsWith("-") || arg === "-") {
      positional.push(arg);
      continue;
    }
    const [name, inline] = splitOnce(arg);
    const negated = specs.find(
      ({ flag, kind }) => kind === "boolean" && name === flag.replace("--", "--no-"),
    );
    const spec = specs.find(({ flag }) => flag === name) ?? negated;
    if (spec === undefined) throw unknownFlag(name, specs);
    if (raw.has(spec.key) && spec.kind !== "list")
      throw new UsageError(`${spec.flag} is given twice; give it once`);
    if (spec.kind === "boolean") {
      const value = inline === undefined ? true : booleanOf(inline, name);
      raw.set(spec.key, negated === undefined ? value : !value);
      continue;
    }
    if (inline === undefined) at += 1;
    const value = inline ?? own[at];
    if (value === undefined || (inline === undefined && value.startsWith("--"))) {
      throw new UsageError(`${name} needs a value: ${name} ${valueNameOf(spec)}`);
    }
    put(raw, spec, value);
  }

  const wanted = command.positional ?? [];
  const stray = positional[wanted.length];
  if (stray !== undefined) throw new UsageError(`"${stray}" is one argument too many; leave it out`);
  if (positional.length < wanted.length)
    throw new UsageError(`${wanted[positional.length]} is missing; give it`);

  for (const spec of specs) {
    const text = env[spec.variable];
    if (text === undefined || text === "" || raw.has(spec.key)) continue;
    if (spec.kind === "boolean") raw.set(spec.key, booleanOf(text, spec.variable));
    else if (spec.kind === "list") for (const item of text.split(",")) put(raw, spec, item.trim());
    else raw.set(spec.key, text);
  }

  const file = raw.get("config");
  if (typeof file === "string") {
    for (const [key, value] of readConfigFile(file, specs)) if (!raw.has(key)) raw.set(key, value);
  }

  const parsed = command.flags.safeParse(Object.fromEntries(raw));
  if (!parsed.success) throw badValue(parsed.error, specs, raw);
  return { flags: parsed.data, positional, rest, given: new Set(raw.keys()) };
}

function put(raw: Map<string, string | boolean | string[]>, spec: FlagSpec, value: string): void {
  const list = raw.get(spec.key);
  if (spec.kind !== "list") raw.set(spec.key, value);
  else if (Array.isArray(list)) list.push(value);
  else raw.set(spec.key, [value]);
}

function splitOnce(arg: string): [string, string | undefined] {
  const at = arg.indexOf("=");
  return at === -1 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

function booleanOf(text: string, name: string): boolean {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off)$/i.test(text)) return false;
  throw new UsageError(`${name}: "${text}" is neither true nor false; write one of them`);
}

function unknownFlag(name: string, specs: readonly FlagSpec[]): UsageError {
  const names = specs.flatMap(({ flag, kind }) =>
    kind === "boolean" ? [flag, flag.replace("--", "--no-")] : [flag],
  );
  const guess = nearest(name, names);
  return new UsageError(
    `unknown flag ${name}${guess === undefined ? "; leave it out" : `; did you mean ${guess}?`}`,
  );
}

function badValue(
  error: z.ZodError,
  specs: readonly FlagSpec[],
  raw: ReadonlyMap<string, string | boolean | string[]>,
): UsageError {
  const issue = error.issues[0];
  const spec = specs.find(({ key }) => key === issue?.path[0]);
  if (issue === undefined || spec === undefined) return new UsageError(issue?.message ?? "bad flags");
  if (!raw.has(spec.key))
    return new UsageError(`${spec.flag} is missing: give ${spec.flag} ${valueNameOf(spec)}`);
  const value = raw.get(spec.key);
  const text = Array.isArray(value) ? value[Number(issue.path[1] ?? 0)] : value;
  // What may be a secret is not repeated on a screen.
  const shown = /secret|token|key/i.test(spec.key) ? "" : ` ${String(text)}`;
  return new UsageError(`${spec.flag}${shown}: ${issue.message}`);
}
