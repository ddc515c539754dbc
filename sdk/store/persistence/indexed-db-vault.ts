import type { Position } from "../../protocol/index.ts";
import type { KeptWrite } from "./persistence.ts";
import { endOf, resultOf } from "./request-of.ts";
import { type BaseWrite, type Bucket, judgeWrite, type Vault } from "./vault.ts";

/** Layout of the database; one of another number is emptied, not translated. */
const LAYOUT = 1;
const STORES = ["users", "heads", "buckets", "writes"] as const;
/** Buckets read at once: in a project of 50,000 about 6,000 entities, some 20 ms of the page's time. */
const READ_AT_ONCE = 16;

/** What goes with the buckets of a scope. */
interface Head {
  readonly position: Position;
}

/**
 * @param warn hears what was emptied
 * @param layout for tests of what a later version will find
 * @throws DOMException when the platform refuses: private mode, a newer layout, a damaged profile.
 */
export async function openIndexedDbVault(
  factory: IDBFactory,
  name: string,
  warn: (message: string) => void,
  layout = LAYOUT,
): Promise<Vault> {
  const opening = factory.open(name, layout);
  opening.onupgradeneeded = ({ oldVersion }) => {
    const found = [...opening.result.objectStoreNames];
    if (oldVersion > 0 || found.length > 0)
      warn(`The database "${name}" had an older layout and was emptied.`);
    for (const store of found) opening.result.deleteObjectStore(store);
    for (const store of STORES) opening.result.createObjectStore(store);
  };
  const database = await resultOf(opening);
  if (STORES.some((store) => !database.objectStoreNames.contains(store))) {
    database.close();
    throw new DOMException(`The database "${name}" is not one of Holdfast.`, "DataError");
  }
  // A page of a newer version wants to change the layout: it must not wait for this one.
  database.onversionchange = () => database.close();
  return createVault(database);
}

/** Everything of a scope: keys are arrays that begin with it. */
function rangeOf(scope: string, after?: Bucket): IDBKeyRange {
  const lower = after === undefined ? [scope] : [scope, after.collection, after.bucket];
  return IDBKeyRange.bound(lower, [scope, []], after !== undefined);
}

function createVault(database: IDBDatabase): Vault {
  return {
    lastUser(place) {
      const users = database.transaction("users", "readonly").objectStore("users");
      // Only `setLastUser` writes there.
      return resultOf(users.get(place) as IDBRequest<string | undefined>);
    },
    async setLastUser(place, user) {
      const transaction = database.transaction("users", "readwrite");
      transaction.objectStore("users").put(user, place);
      await endOf(transaction);
    },
    async base(scope) {
      const transaction = database.transaction(["heads", "buckets"], "readonly");
      // As above: what is not of this shape is found out by whoever reads it.
      const head = await resultOf(
        transaction.objectStore("heads").get(scope) as IDBRequest<Head | undefined>,
      );
      if (head === undefined) return undefined;
      const store = transaction.objectStore("buckets");
      const buckets: Bucket[] = [];
      for (;;) {
        const range = rangeOf(scope, buckets.at(-1));
        // This store holds what this file put there; the database's version says so.
        const some = await resultOf(store.getAll(range, READ_AT_ONCE) as IDBRequest<Bucket[]>);
        buckets.push(...some);
        if (some.length < READ_AT_ONCE) return { ...head, buckets };
      }
    },
    writes(scope) {
      const writes = database.transaction("writes", "readonly").objectStore("writes");
      // As above.
      return resultOf(writes.getAll(rangeOf(scope)) as IDBRequest<KeptWrite[]>);
    },
    async write(scope, { base, put, remove }) {
      const hasWrites = put.length + remove.length > 0;
      // No more than it needs: a pending write does not wait for the copy of a large project.
      const stores = [
        ...(base === undefined ? [] : ["heads", "buckets"]),
        ...(base === undefined || hasWrites ? ["writes"] : []),
      ];
      const transaction = database.transaction(stores, "readwrite");
      const end = endOf(transaction);
      if (hasWrites) {
        const writes = transaction.objectStore("writes");
        for (const one of put) writes.put(one, [scope, one.id]);
        for (const id of remove) writes.delete([scope, id]);
      }
      let isTaken = true;
      if (base !== undefined) {
        // As above.
        const asked = transaction.objectStore("heads").get(scope) as IDBRequest<Head | undefined>;
        asked.onsuccess = () => {
          const verdict = judgeWrite(asked.result?.position, base);
          isTaken = verdict !== "unfit";
          if (verdict === "write") writeBase(transaction, scope, base);
        };
      } else {
        // Without it the browser asks the page whether there is more to come, and the page may be closed by then.
        transaction.commit?.();
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

/** One bucket after the other: each is copied as it is put, and the page gets its turn in between. */
function writeBase(
  transaction: IDBTransaction,
  scope: string,
  { since, position, buckets }: BaseWrite,
): void {
  const store = transaction.objectStore("buckets");
  if (since === undefined) store.delete(rangeOf(scope));
  const next = (index: number): void => {
    const bucket = buckets[index];
    if (bucket === undefined) {
      transaction.objectStore("heads").put({ position } satisfies Head, scope);
      return;
    }
    store.put(bucket, [scope, bucket.collection, bucket.bucket]).onsuccess = () => next(index + 1);
  };
  next(0);
}
