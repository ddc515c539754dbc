import type { Position } from "../../protocol/index.ts";
import type { KeptWrite } from "./persistence.ts";
import { endOf, resultOf } from "./request-of.ts";
import type { Bucket, Vault } from "./vault.ts";

/** Layout of the database; one of another number is emptied, not translated. */
const LAYOUT = 1;
const STORES = ["users", "heads", "buckets", "writes"] as const;

/** What goes with the buckets of a scope. */
interface Head {
  readonly writer: string;
  readonly position: Position;
}

export interface OpenedVault {
  readonly vault: Vault;
  /** Layout that was found and emptied, if it was another. */
  readonly emptied: number | undefined;
}

/** @throws DOMException when the platform refuses: private mode, a newer layout, a damaged profile. */
export async function openIndexedDbVault(factory: IDBFactory, name: string): Promise<OpenedVault> {
  const opening = factory.open(name, LAYOUT);
  let emptied: number | undefined;
  opening.onupgradeneeded = ({ oldVersion }) => {
    if (oldVersion > 0) emptied = oldVersion;
    for (const store of [...opening.result.objectStoreNames]) opening.result.deleteObjectStore(store);
    for (const store of STORES) opening.result.createObjectStore(store);
  };
  const database = await resultOf(opening);
  // A page of a newer version wants to change the layout: it must not wait for this one.
  database.onversionchange = () => database.close();
  return { vault: createVault(database), emptied };
}

/** Everything of a scope: keys are arrays that begin with it. */
function rangeOf(scope: string): IDBKeyRange {
  return IDBKeyRange.bound([scope], [scope, []]);
}

function createVault(database: IDBDatabase): Vault {
  const read = <T>(store: (typeof STORES)[number], run: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    resultOf(run(database.transaction(store, "readonly").objectStore(store)));

  return {
    lastUser: (place) => read("users", (store) => store.get(place) as IDBRequest<string | undefined>),
    async setLastUser(place, user) {
      const transaction = database.transaction("users", "readwrite");
      transaction.objectStore("users").put(user, place);
      await endOf(transaction);
    },
    async base(scope) {
      const transaction = database.transaction(["heads", "buckets"], "readonly");
      const [head, buckets] = await Promise.all([
        resultOf(transaction.objectStore("heads").get(scope) as IDBRequest<Head | undefined>),
        resultOf(transaction.objectStore("buckets").getAll(rangeOf(scope)) as IDBRequest<Bucket[]>),
      ]);
      return head && { position: head.position, buckets };
    },
    writes: (scope) => read("writes", (store) => store.getAll(rangeOf(scope)) as IDBRequest<KeptWrite[]>),
    async write(scope, { writer, base, put, remove }) {
      const transaction = database.transaction(["heads", "buckets", "writes"], "readwrite");
      const end = endOf(transaction);
      const writes = transaction.objectStore("writes");
      for (const one of put) writes.put(one, [scope, one.id]);
      for (const id of remove) writes.delete([scope, id]);
      let isTaken = true;
      if (base !== undefined) {
        const heads = transaction.objectStore("heads");
        const asked = heads.get(scope) as IDBRequest<Head | undefined>;
        asked.onsuccess = () => {
          if (!base.replace && asked.result?.writer !== writer) {
            isTaken = false;
            return;
          }
          const buckets = transaction.objectStore("buckets");
          if (base.replace) buckets.delete(rangeOf(scope));
          for (const one of base.buckets) buckets.put(one, [scope, one.collection, one.bucket]);
          heads.put({ writer, position: base.position } satisfies Head, scope);
        };
      }
      await end;
      return isTaken;
    },
    async clearBase(scope) {
      const transaction = database.transaction(["heads", "buckets"], "readwrite");
      transaction.objectStore("heads").delete(scope);
      transaction.objectStore("buckets").delete(rangeOf(scope));
      await endOf(transaction);
    },
    close: () => database.close(),
  };
}
