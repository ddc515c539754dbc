import { createKeeper } from "../../sdk/store/persistence/keeper.ts";
import { createMemoryLocks } from "../../sdk/store/persistence/memory-locks.ts";
import { createMemoryVault } from "../../sdk/store/persistence/memory-vault.ts";
import type { Persistence } from "../../sdk/store/persistence/persistence.ts";
import type { Vault, VaultDoor } from "../../sdk/store/persistence/vault.ts";
import type { ManualClock } from "../support/manual-clock.ts";

/** A database that the tabs of one browser share. It takes its time, and a page may be gone before it is done. */
export interface Browser {
  openPage(): Page;
  /** Ids of the pending writes it keeps. */
  readonly kept: ReadonlySet<string>;
}

export interface Page {
  readonly persistence: Persistence;
  /** What it had begun may be done or not; its locks are free. */
  kill(): void;
}

const DEVICE_MS = 30;

export function createBrowser(clock: ManualClock, random: () => number): Browser {
  const vault = createMemoryVault();
  const locks = createMemoryLocks();
  const rooms = new Map<string, Set<(name: string) => void>>();
  const kept = new Set<string>();

  const openPage = (): Page => {
    const page = new AbortController();
    const { signal } = page;
    const turn = (): Promise<void> =>
      new Promise((resolve) => {
        clock.schedule(Math.floor(random() * DEVICE_MS), () => {
          if (!signal.aborted) resolve();
        });
      });
    let writing = Promise.resolve();
    const slow: Vault = {
      lastUser: (place) => turn().then(() => vault.lastUser(place)),
      setLastUser: (place, user) => turn().then(() => vault.setLastUser(place, user)),
      base: (scope) => turn().then(() => vault.base(scope)),
      writes: (scope) => turn().then(() => vault.writes(scope)),
      async write(scope, change) {
        // In the order they were asked for, as transactions over the same records are.
        writing = writing.then(turn);
        await writing;
        for (const { id } of change.put) kept.add(id);
        for (const id of change.remove) kept.delete(id);
        const taken = await vault.write(scope, change);
        await turn();
        return taken;
      },
      clearBase: (scope) => turn().then(() => vault.clearBase(scope)),
      close() {},
    };
    const door: VaultDoor = {
      open: () => turn().then(() => slow),
      locks: {
        ...locks,
        hold: (name, { signal: ended, wait }) =>
          locks.hold(name, { signal: AbortSignal.any([ended, signal]), wait }),
      },
      channel(scope, heard) {
        const room = rooms.get(scope) ?? new Set();
        const own = (name: string): void => {
          if (!signal.aborted) heard(name);
        };
        rooms.set(scope, room.add(own));
        return {
          tell(name) {
            if (!signal.aborted) for (const other of [...room]) if (other !== own) other(name);
          },
          close: () => void room.delete(own),
        };
      },
    };
    return {
      persistence: { keep: (options) => createKeeper(door, options) },
      kill: () => page.abort(new Error("The page was killed.")),
    };
  };
  return { openPage, kept };
}
