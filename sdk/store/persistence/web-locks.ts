import type { Locks } from "./vault.ts";

/**
 * The platform's locks over all tabs; without them every tab believes it is alone, and the vault's own guard decides.
 * @param prefix of their names, which the whole origin shares
 */
export function createWebLocks(manager: LockManager | undefined, prefix = ""): Locks {
  return {
    async isHeld(name) {
      const { held = [] } = (await manager?.query()) ?? {};
      return held.some((lock) => lock.name === prefix + name);
    },
    hold(name, { signal, wait }) {
      if (manager === undefined) return Promise.resolve(true);
      return new Promise((resolve, reject) => {
        const options = wait ? { signal } : { ifAvailable: true };
        manager
          .request(prefix + name, options, (lock) => {
            resolve(lock !== null);
            if (lock === null || signal.aborted) return undefined;
            return new Promise<void>((free) => {
              signal.addEventListener("abort", () => free(), { once: true });
            });
          })
          .catch(reject);
      });
    },
  };
}
