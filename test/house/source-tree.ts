import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

export const root = fileURLToPath(new URL("../..", import.meta.url));

const folders = ["sdk", "server", "demo", "test", "bench", "examples"];
const generated = new Set(["node_modules", "dist", ".build"]);

/** Every hand-written .ts, .mjs and .js file of the repository. */
export function readSourceTree(): SourceFile[] {
  const top = readdirSync(root).filter((name) => name.endsWith(".mjs"));
  const paths = [...top, ...folders.flatMap(filesUnder)].filter((path) => /\.(ts|mjs|js)$/.test(path));
  return paths.sort().map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

function filesUnder(folder: string): string[] {
  const entries = readdirIfThere(folder);
  return entries.flatMap((entry) => {
    if (generated.has(entry.name)) return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

function readdirIfThere(folder: string): { name: string; isDirectory(): boolean }[] {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true });
  } catch {
    return [];
  }
}
