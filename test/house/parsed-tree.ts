import { type Parsed, parse } from "./parsed.ts";

/** Parses a small tree: path to text. */
export function parsedTree(texts: Readonly<Record<string, string>>): Parsed[] {
  return Object.entries(texts).map(([path, text]) => parse({ path, text }));
}
