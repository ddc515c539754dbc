import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The folder's own TypeScript; `undefined` without a tsconfig.json or where none is installed for it. */
export function findCompiler(folder: string): string | undefined {
  if (!existsSync(join(folder, "tsconfig.json"))) return undefined;
  try {
    const manifest = createRequire(join(folder, "tsconfig.json")).resolve("typescript/package.json");
    const program = join(dirname(manifest), "lib/tsc.js");
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
}
