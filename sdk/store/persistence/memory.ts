import { createKeeper } from "./keeper.ts";
import { createMemoryLocks } from "./memory-locks.ts";
import { createMemoryVault } from "./memory-vault.ts";
import type { Persistence } from "./persistence.ts";

/**
 * Keeps state in this process' memory, for tests: clients given the same object share it as tabs share a database.
 * What one leaves behind the next one finds.
 */
export function memory(): Persistence {
  const vault = createMemoryVault();
  const locks = createMemoryLocks();
  const rooms = new Map<string, Set<(name: string) => void>>();
  const door = {
    locks,
    open: () => Promise.resolve(vault),
    channel(scope: string, heard: (name: string) => void) {
      const room = rooms.get(scope) ?? new Set();
      rooms.set(scope, room.add(heard));
      return {
        tell(name: string) {
          for (const other of [...room]) if (other !== heard) other(name);
        },
        close: () => void room.delete(heard),
      };
    },
  };
  return { keep: (options) => createKeeper(door, options) };
}
