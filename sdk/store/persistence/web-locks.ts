import type { Locks } from "./vault.ts";

/**
 * The platform's locks over all tabs; without them every tab believes it is alone, and the vault's own guard decides.
 * @param prefix of their names, which the whole origin shares
 */
export function createWebLocks(manager: LockManager | undefined, prefix = ""): Locks {
  /** Of locks that were let go and are not free yet. */
  const freeing = new Set<Promise<unknown>>();

  return {
    freed: () => Promise.all(freeing),
    async isHeld(name) {
      const { held = [] } = (await manager?.query()) ?? {};
      return held.some((lock) => lock.name === prefix + name);
    },
    hold(name, { signal, wait }) {
      if (manager === undefined) return Promise.resolve(true);
      return new Promise((resolve, reject) => {
        const options = wait ? { signal } : { ifAvailable: true };
        // Settles when the lock is free again.
        const request = manager
          .request(prefix + name, options, (lock) => {
            resolve(lock !== null);
            if (lock === null || signal.aborted) return undefined;
            return new Promise<void>((free) => {
              const letGo = (): void => {
                freeing.add(request);
                free();
              };
              signal.addEventListener("abort", letGo, { once: true });
            });
          })
          .catch(reject)
          .finally(() => freeing.delete(request));
      });
    },
  };
}
