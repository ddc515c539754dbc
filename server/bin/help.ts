import type { Command } from "./command.ts";
import { type FlagSpec, flagSpecs, valueNameOf } from "./flag-specs.ts";

/** `holdfast NAME --help`, made from the schema of its flags. */
export function commandHelp(command: Command): string {
  const specs = flagSpecs(command.flags);
  const usage = [
    "holdfast",
    command.name,
    ...(specs.length > 0 ? ["[flags]"] : []),
    ...(command.positional ?? []),
  ];
  if (command.rest !== undefined) usage.push("--", command.rest);
  const width = Math.max(...specs.map((spec) => nameOf(spec).length), "--help".length);
  const lines = specs.map((spec) => `  ${nameOf(spec).padEnd(width)}  ${describe(spec)}`);
  return [
    `holdfast ${command.name}: ${command.summary}`,
    "",
    `Usage: ${usage.join(" ")}`,
    "",
    "Flags, each also as an environment variable (--jwt-secret as HOLDFAST_JWT_SECRET):",
    ...lines,
    `  ${"--help".padEnd(width)}  this page`,
    "",
    "Examples:",
    ...command.examples.flatMap(({ line, does }) => [`  ${line}`, `      ${does}`]),
    "",
  ].join("\n");
}

/** `holdfast --help`. */
export function overview(commands: readonly Pick<Command, "name" | "summary">[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    "holdfast: realtime state and shared terminals that hold",
    "",
    "Usage: holdfast COMMAND [flags]",
    "",
    "Commands:",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "holdfast COMMAND --help says more about one of them.",
    "",
    "Examples:",
    "  holdfast serve --demo",
    "      a server with a sample project, a shared shell and a page, on http://127.0.0.1:3000",
    "  holdfast share --project demo --session build -- make",
    "      runs make here and shows it to everybody who watches the session build",
    "",
  ].join("\n");
}

function nameOf(spec: FlagSpec): string {
  const { flag, kind } = spec;
  return kind === "boolean" ? flag : `${flag} ${valueNameOf(spec)}`;
}

function describe({ kind, schema }: FlagSpec): string {
  const notes: string[] = [];
  if (kind === "list") notes.push("may be repeated");
  const fallback = defaultOf(schema);
  if (fallback !== undefined) notes.push(`default ${fallback}`);
  return `${schema.meta()?.description ?? ""}${notes.length > 0 ? ` (${notes.join("; ")})` : ""}`;
}

function defaultOf(schema: FlagSpec["schema"]): string | undefined {
  const shown = schema.meta()?.["shown"];
  if (typeof shown === "string") return shown;
  // `defaultValue` is what `.default()` was given.
  const def = schema.def as { readonly type: string; readonly defaultValue?: unknown };
  if (def.type !== "default" || typeof def.defaultValue === "object" || def.defaultValue === false)
    return undefined;
  return String(def.defaultValue);
}
