import { randomUUID } from "node:crypto";
import type { RootDatabase } from "lmdb";
import { type Key, keys } from "./keys.ts";

/** The process that may write to a store. */
interface Owner {
  readonly pid: number;
  readonly token: string;
}

export type Claim = { readonly token: string } | { readonly ownedBy: number };

/**
 * Makes this process the owner of the store, unless another one that is alive is.
 *
 * Alive is who has a place in the environment's table of readers. The kernel's lock on that place ends with the
 * process, however it ends, so a store left by `kill -9` is free at once and a process id used anew is no owner. Since
 * every owner takes its place before it looks, and looks and writes its name within a write transaction, of two that
 * start at once exactly one wins.
 *
 * `guard` must have no other use and stay open as long as the store: its first read takes the place and keeps it.
 */
export function claimStore(guard: RootDatabase<string, Key>): Claim {
  guard.get(keys.owner());
  return guard.transactionSync((): Claim => {
    guard.readerCheck();
    const readers = readersByPid(guard.readerList());
    const owner = readOwner(guard);
    // With our own id it is another handle of this process, or one before us that had the same id, as in a container.
    const places = owner === undefined ? 0 : (readers.get(owner.pid) ?? 0);
    if (owner !== undefined && places > (owner.pid === process.pid ? 1 : 0)) return { ownedBy: owner.pid };
    const token = randomUUID();
    guard.putSync(keys.owner(), JSON.stringify({ pid: process.pid, token } satisfies Owner));
    return { token };
  });
}

export function releaseStore(guard: RootDatabase<string, Key>, token: string): void {
  guard.transactionSync(() => {
    if (readOwner(guard)?.token === token) guard.removeSync(keys.owner());
  });
}

function readOwner(guard: RootDatabase<string, Key>): Owner | undefined {
  const json = guard.get(keys.owner());
  // Only this file writes the record.
  return json === undefined ? undefined : (JSON.parse(json) as Owner);
}

/** The list is one line a place: process id, thread, transaction. */
function readersByPid(list: string): Map<number, number> {
  const places = new Map<number, number>();
  for (const [, digits] of list.matchAll(/^\s*(\d+)\s+[0-9a-f]+\s+\S+\s*$/gm)) {
    const pid = Number(digits);
    places.set(pid, (places.get(pid) ?? 0) + 1);
  }
  return places;
}
