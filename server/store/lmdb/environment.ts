import { open, type RootDatabase } from "lmdb";
import { StoreOpenError } from "../store-open-error.ts";
import { isDataFileSound, makeFolder } from "./data-folder.ts";
import { type Key, keys } from "./keys.ts";
import { claimStore, releaseStore } from "./ownership.ts";

/** Rises whenever what is on disk means something else. */
export const FORMAT = 1;

export interface Environment {
  readonly tree: RootDatabase<string, Key>;
  /** Gives the store free for others. Only when nothing is under way. */
  close(): Promise<void>;
}

/** @throws StoreOpenError */
export async function openEnvironment(folder: string): Promise<Environment> {
  prepareFolder(folder);
  const guard = openTree(folder);
  try {
    settleFormat(guard, folder);
    const claim = claimStore(guard);
    if ("ownedBy" in claim) {
      throw new StoreOpenError(
        "locked",
        `the store in ${folder} is in use by process ${claim.ownedBy}`,
        "Stop that process, or give this one another folder with --store.",
      );
    }
    const tree = openTree(folder);
    return {
      tree,
      async close() {
        releaseStore(guard, claim.token);
        await tree.close();
        await guard.close();
      },
    };
  } catch (error) {
    await guard.close();
    throw error instanceof StoreOpenError ? error : openErrorOf(folder, error);
  }
}

/** Writes the format into a new store and judges that of another. @throws StoreOpenError */
function settleFormat(guard: RootDatabase<string, Key>, folder: string): void {
  const format = guard.get(keys.format());
  if (format === undefined) {
    if (guard.getKeysCount({ limit: 1 }) > 0)
      throw openErrorOf(folder, new Error("MDB_INVALID: it holds other data"));
    guard.putSync(keys.format(), String(FORMAT));
  } else if (!(Number(format) <= FORMAT)) {
    throw new StoreOpenError(
      "newer-format",
      `the store in ${folder} has format ${format}, this version knows ${FORMAT}`,
      "Run the version of holdfast that wrote it, or a newer one.",
    );
  }
}

/** @throws StoreOpenError */
function prepareFolder(folder: string): void {
  let isSound: boolean;
  try {
    makeFolder(folder);
    isSound = isDataFileSound(folder);
  } catch (error) {
    throw openErrorOf(folder, error);
  }
  if (!isSound) throw openErrorOf(folder, new Error("MDB_INVALID: it does not begin as one"));
}

/**
 * Every commit is flushed before it counts as made (no `overlappingSync`): who was told of it, and every position a
 * client holds, is still there after a loss of power, so a number is never given twice. The file grows by itself.
 * `eventTurnBatching` is off: the writer batches, and with it a failed commit leaves a rejection nobody can handle.
 */
function openTree(folder: string): RootDatabase<string, Key> {
  try {
    return open<string, Key>({
      path: folder,
      noSubdir: false,
      encoding: "string",
      overlappingSync: false,
      eventTurnBatching: false,
      maxReaders: MAX_READERS,
    });
  } catch (error) {
    throw openErrorOf(folder, error);
  }
}

/** Places for reads under way at once; a server has far fewer, and a place costs 64 bytes. */
const MAX_READERS = 256;

const DAMAGED = /MDB_(INVALID|CORRUPTED|VERSION_MISMATCH|PAGE_NOTFOUND)/;

function openErrorOf(folder: string, error: unknown): StoreOpenError {
  const reason = error instanceof Error ? error.message : String(error);
  if (DAMAGED.test(reason)) {
    return new StoreOpenError(
      "damaged",
      `the file data.mdb in ${folder} is no store of holdfast, or not a whole one: ${reason}`,
      "Put back a copy of the folder, or give another one with --store.",
      error,
    );
  }
  return new StoreOpenError(
    "unreadable",
    `the store folder ${folder} cannot be opened: ${reason}`,
    "Give a folder that this user may create, read and write with --store.",
    error,
  );
}
