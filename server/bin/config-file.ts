import { readFileSync } from "node:fs";
import { z } from "zod";
import type { FlagSpec } from "./flag-specs.ts";
import { nearest } from "./nearest.ts";
import { UsageError } from "./usage-error.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const fileSchema = z.record(z.string(), z.union([scalar, z.array(scalar)]));

/**
 * Flags from a JSON file: `{"port": 8080, "origin": ["https://a.com"]}`, named like the flags without their dashes in
 * front. What they mean is judged like any other flag.
 * @throws UsageError
 */
export function readConfigFile(
  path: string,
  specs: readonly FlagSpec[],
): Map<string, string | boolean | string[]> {
  const raw = new Map<string, string | boolean | string[]>();
  for (const [name, value] of Object.entries(parse(path))) {
    const spec = specs.find(({ key, flag }) => name === key || `--${name}` === flag);
    if (spec === undefined) {
      const guess = nearest(
        name,
        specs.map(({ flag }) => flag.slice(2)),
      );
      throw new UsageError(
        `${path}: unknown setting "${name}"${guess === undefined ? "" : `; did you mean "${guess}"?`}`,
      );
    }
    if (spec.kind === "list") raw.set(spec.key, [value].flat().map(String));
    else if (Array.isArray(value)) throw new UsageError(`${path}: "${name}" takes one value, not a list`);
    else raw.set(spec.key, typeof value === "boolean" ? value : String(value));
  }
  return raw;
}

function parse(path: string): z.output<typeof fileSchema> {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(
      `--config ${path} cannot be read as JSON (${error instanceof Error ? error.message : "?"})`,
    );
  }
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success)
    throw new UsageError(`--config ${path} must hold one object of settings: {"port": 8080}`);
  return parsed.data;
}
