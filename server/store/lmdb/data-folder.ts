import { closeSync, existsSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Words of 32 bits that LMDB's first page begins with; the last two are its mark and the version of its layout. */
const HEADER_WORDS = 8;
const MARK = 0xbeefc0de;
const LAYOUT = 2;

/**
 * Makes a folder and those it lies in, for this user alone: what is said in projects is nobody else's business.
 * Not `mkdir` with `recursive`, which tries without end where a file system refuses with ENOENT, as /proc does.
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) throw new Error("a file stands there");
    return;
  }
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process that starts now made it in between.
    if (!existsSync(folder)) throw error;
  }
}

/**
 * Whether the folder's data file is none yet or begins as LMDB's do. LMDB ends the process over a file that is
 * something else, so it must not get to see one.
 */
export function isDataFileSound(folder: string): boolean {
  const path = join(folder, "data.mdb");
  if (!existsSync(path) || statSync(path).size === 0) return true;
  // Read in the byte order of this machine, as LMDB does.
  const header = new Uint32Array(HEADER_WORDS);
  const file = openSync(path, "r");
  try {
    if (readSync(file, header, 0, header.byteLength, 0) < header.byteLength) return false;
  } finally {
    closeSync(file);
  }
  const [, , , , , , mark, layout = 0] = header;
  return mark === MARK && (layout & 0xffff) === LAYOUT;
}
