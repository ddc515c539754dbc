import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { SearchMatch } from "./search-request.ts";

/** Larger files are data: nobody reads a match in them. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;
const MAX_TEXT = 200;
/** A NUL this early marks a file that is not text, as git has it. */
const PROBE_BYTES = 8_000;
/** Matches of one file; the rest are counted. */
const MAX_PER_FILE = 1_000;

export interface FileMatches {
  readonly matches: readonly SearchMatch[];
  readonly total: number;
}

/** Finds a text in the lines of one file. What is binary, too large or gone has no matches. */
export async function searchFile(
  folder: string,
  file: string,
  query: string,
  isCaseSensitive: boolean,
): Promise<FileMatches> {
  const content = await readText(join(folder, file));
  const needle = isCaseSensitive ? query : query.toLowerCase();
  const hay = isCaseSensitive ? content : content.toLowerCase();
  // Most files do not hold it: they are not cut into lines.
  if (!hay.includes(needle)) return { matches: [], total: 0 };
  const matches: SearchMatch[] = [];
  let total = 0;
  let line = 0;
  for (const text of content.split("\n")) {
    line += 1;
    const at = (isCaseSensitive ? text : text.toLowerCase()).indexOf(needle);
    if (at === -1) continue;
    total += 1;
    if (matches.length >= MAX_PER_FILE) continue;
    matches.push({ file, line, column: at + 1, text: text.trimEnd().slice(0, MAX_TEXT) });
  }
  return { matches, total };
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) return "";
    const bytes = await readFile(path);
    return bytes.subarray(0, PROBE_BYTES).includes(0) ? "" : bytes.toString();
  } catch {
    return "";
  }
}
