import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readFile } from "node:fs/promises";

/** Larger files are read piece by piece: most are small, and whole they are read in half the time. */
const WHOLE_BYTES = 1024 * 1024;
/** Larger files are not read: one that grows all day would be, from its start, at every line. */
const READ_BYTES = 64 * 1024 * 1024;

/** A file as it was read. */
export interface FileState {
  readonly size: number;
  /** Epoch milliseconds. */
  readonly mtime: number;
  /** SHA-256 of its content, hex; of its size and time where it is larger than 64 MiB. */
  readonly hash: string;
}

/** Reads one; `undefined` for what is no regular file, is gone or cannot be read. Links are not followed. */
export async function readFileState(path: string): Promise<FileState | undefined> {
  try {
    const stats = await lstat(path);
    if (!stats.isFile()) return undefined;
    const hash = createHash("sha256");
    const mtime = Math.round(stats.mtimeMs);
    if (stats.size > READ_BYTES) {
      return { size: stats.size, mtime, hash: hash.update(`${stats.size} ${stats.mtimeMs}`).digest("hex") };
    }
    let size = 0;
    const add = (bytes: Buffer): void => {
      size += bytes.length;
      hash.update(bytes);
    };
    if (stats.size <= WHOLE_BYTES) add(await readFile(path));
    // A stream without an encoding gives buffers.
    else for await (const chunk of createReadStream(path)) add(chunk as Buffer);
    return { size, mtime, hash: hash.digest("hex") };
  } catch {
    return undefined;
  }
}
