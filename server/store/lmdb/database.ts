import type { RootDatabase, Transaction } from "lmdb";
import type { Key } from "./keys.ts";

/** Everything read through it is of one moment. */
export interface Reader {
  get<T>(key: Key): T | undefined;
  /** Entries whose key begins with `prefix`, in order, each value as it is read. */
  range<T>(prefix: Key, options?: RangeOptions): Iterable<Entry<T>>;
}

export interface Entry<T> {
  readonly key: Key;
  readonly value: T;
}

export interface RangeOptions {
  readonly limit?: number;
  /** Starts after this key, or with `reverse` ends before it. */
  readonly after?: Key;
  /** Ends with this key. */
  readonly through?: Key;
  readonly reverse?: boolean;
}

/** The environment's one tree with values as JSON; every access counted. */
export interface Database extends Reader {
  /** Only within a write transaction. */
  put(key: Key, json: string): void;
  remove(key: Key): void;
  /** A reader whose moment stays until `done`. */
  frozen(): Reader & { done(): void };
  readonly stats: DatabaseStats;
}

/** Since opening. */
export interface DatabaseStats {
  readonly gets: number;
  readonly entriesRead: number;
  readonly writes: number;
}

export function createDatabase(tree: RootDatabase<string, Key>): Database {
  const stats = { gets: 0, entriesRead: 0, writes: 0 };

  function reader(transaction?: Transaction): Reader {
    const at = transaction === undefined ? {} : { transaction };
    return {
      get<T>(key: Key) {
        stats.gets += 1;
        const json = tree.get(key, at);
        // The shape is the one `put` was given for the same kind of key.
        return json === undefined ? undefined : (JSON.parse(json) as T);
      },
      *range<T>(prefix: Key, { limit, after, through, reverse = false }: RangeOptions = {}) {
        const low = after ?? prefix;
        const high = through ?? endOf(prefix);
        const found = tree.getRange({
          ...at,
          start: reverse ? high : low,
          end: reverse ? low : high,
          reverse,
          exclusiveStart: !reverse && after !== undefined,
          inclusiveEnd: !reverse && through !== undefined,
          ...(limit !== undefined && { limit }),
        });
        for (const { key, value } of found) {
          stats.entriesRead += 1;
          // As above.
          yield { key, value: JSON.parse(value) as T };
        }
      },
    };
  }

  return {
    ...reader(),
    put(key, json) {
      stats.writes += 1;
      tree.putSync(key, json);
    },
    remove(key) {
      stats.writes += 1;
      tree.removeSync(key);
    },
    frozen() {
      const transaction = tree.useReadTransaction();
      return { ...reader(transaction), done: () => transaction.done() };
    },
    stats,
  };
}

/** Lowest key above all that begin with `prefix`: keys end in names, whose characters are above 1, or in numbers. */
function endOf(prefix: Key): Key {
  const last = prefix.at(-1);
  return [...prefix.slice(0, -1), typeof last === "number" ? last + 1 : `${last}\u0001`];
}
