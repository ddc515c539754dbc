import { openIndexedDbVault } from "./indexed-db-vault.ts";
import { createKeeper } from "./keeper.ts";
import type { Persistence } from "./persistence.ts";
import type { VaultDoor } from "./vault.ts";
import { createWebLocks } from "./web-locks.ts";

/**
 * Keeps state in the browser: a reloaded page paints from it before the network answers, and what was written offline
 * survives a closed tab. Tabs of one origin share a database of the same name without sending anything twice.
 * Per server, project and user. Nothing is opened before `connect()`.
 * @param name of the database; a page may hold several applications
 */
export function indexedDb(name: string): Persistence {
  return {
    keep(options) {
      // The platform is looked at here and not at import: a server has neither of these.
      const door: VaultDoor = {
        locks: createWebLocks(globalThis.navigator?.locks, `${name} `),
        open(warn) {
          const factory = globalThis.indexedDB;
          if (factory === undefined) return Promise.reject(new Error("This platform has no IndexedDB."));
          return openIndexedDbVault(factory, name, warn);
        },
        channel(scope, heard) {
          if (globalThis.BroadcastChannel === undefined) return { tell() {}, close() {} };
          const channel = new BroadcastChannel(`holdfast ${name} ${scope}`);
          channel.onmessage = ({ data }) => {
            if (typeof data === "string") heard(data);
          };
          return { tell: (text) => channel.postMessage(text), close: () => channel.close() };
        },
      };
      return createKeeper(door, options);
    },
  };
}
