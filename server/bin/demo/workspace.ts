import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** The one module of the demo's workspace, in the versions that a visitor saves one after another. */
const VERSIONS = [
  `export const motto = "Hold the position, not the socket.";`,
  `export const motto = "Say where you were, take what you missed.";`,
  `throw new Error("this version is broken on purpose: the old one runs on");`,
  `export const motto = "Nothing lost, nothing twice, nothing flickers.";`,
];
const MODULE = "motto.js";

/**
 * A folder for the demo's watcher, the same at every start on this store. Not below the store's own: that is usually
 * ignored by git, and what is ignored is not watched.
 */
export function workspaceOf(store: string): string {
  const name = createHash("sha256").update(store).digest("hex").slice(0, 12);
  return join(tmpdir(), `holdfast-demo-${userInfo().uid}`, name, "workspace");
}

/** Makes the folder with the first version; what is there already is left alone. */
export async function seedWorkspace(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, MODULE), `${VERSIONS[0]}\n`, { flag: "wx" }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    },
  );
}

/** Saves the module's next version, as an editor would. */
export async function saveNext(folder: string): Promise<void> {
  const file = join(folder, MODULE);
  const current = (await readFile(file, "utf8")).trim();
  const next = VERSIONS[(VERSIONS.indexOf(current) + 1) % VERSIONS.length];
  await writeFile(file, `${next}\n`);
}
