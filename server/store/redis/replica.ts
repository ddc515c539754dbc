import type { Cell, CellKind, CellOf } from "./cell.ts";
import { cellName, entityName } from "./cell.ts";
import type { FeedMessage } from "./feed-message.ts";
import type { Lru } from "./lru.ts";
import type { Standing } from "./standing.ts";

/** What a node knows of a project at one rev: where it stands, and some of what is in it. Never ahead, never mixed. */
export interface Replica {
  readonly standing: Standing;
  /** Live entities of a collection. */
  count(collection: string): number;
  /** Every collection that ever had an entity. */
  collections(): readonly string[];
  cell<K extends CellKind>(kind: K, name: string): CellOf<K> | undefined;
  /** Takes in what was looked up at `rev`; what a later commit touched is left out. */
  learn(name: string, cell: Cell, bytes: number, rev: number): void;
  /** Takes in the next commit: what is known and told is put right, what is not told is forgotten. */
  apply(message: FeedMessage, messageBytes: number): void;
  /** Must surround every look-up, from before it is sent until all of it is learnt. */
  whileLooking<T>(action: () => Promise<T>): Promise<T>;
}

/** @param id tells the replica's cells from those of others in the same cache */
export function createReplica(
  id: string,
  start: Standing,
  startCounts: ReadonlyMap<string, number>,
  cells: Lru<Cell>,
): Replica {
  let standing = start;
  let counts = new Map(startCounts);
  /** Names touched by commits while something is looked up, with the rev that touched each last. */
  const touched = new Map<string, number>();
  let lookUps = 0;
  /** A cleared project's cells are of no use, however many there are. */
  let era = start.era;
  let clearedAt = 0;

  const keyOf = (name: string): string => `${id} ${era} ${name}`;

  function touch(name: string): void {
    if (lookUps > 0) touched.set(name, standing.rev);
  }

  /** What is in use stays in use; what nobody asked for is not kept because somebody wrote it. */
  function update(name: string, cell: Cell, bytes: number): void {
    touch(name);
    if (cells.get(keyOf(name)) !== undefined) cells.set(keyOf(name), cell, bytes);
  }

  function forget(name: string): void {
    touch(name);
    cells.delete(keyOf(name));
  }

  return {
    get standing() {
      return standing;
    },
    count: (collection) => counts.get(collection) ?? 0,
    collections: () => [...counts.keys()],
    cell<K extends CellKind>(kind: K, name: string) {
      const cell = cells.get(keyOf(name));
      // Names begin with their kind.
      return cell?.kind === kind ? (cell as CellOf<K>) : undefined;
    },
    learn(name, cell, bytes, rev) {
      const changedAt = Math.max(clearedAt, touched.get(ownerOf(name) ?? name) ?? 0);
      if (changedAt <= rev) cells.set(keyOf(name), cell, bytes);
    },
    apply(message, messageBytes) {
      // What of the message is about one cell, roughly.
      const bytes = messageBytes / (message.writes.length + message.registers.length || 1);
      standing = message.standing;
      if (message.isCleared) {
        counts = new Map();
        era = standing.era;
        clearedAt = standing.rev;
      }
      for (const [collection, count] of Object.entries(message.counts)) counts.set(collection, count);
      for (const { collection, id: entityId, entity } of message.writes) {
        update(cellName.entity(entityName(collection, entityId)), { kind: "entity", entity }, bytes);
        forget(cellName.oldest(collection));
      }
      for (const [name, value] of message.registers)
        update(cellName.register(name), { kind: "register", value }, bytes);
      for (const sessionId of message.claims) forget(cellName.claims(sessionId));
      for (const owner of message.owners) forget(cellName.owner(owner));
    },
    async whileLooking(action) {
      lookUps += 1;
      try {
        return await action();
      } finally {
        lookUps -= 1;
        if (lookUps === 0) touched.clear();
      }
    },
  };
}

/** An answer is touched with its owner. */
function ownerOf(name: string): string | undefined {
  if (!name.startsWith("answer ")) return undefined;
  return cellName.owner(name.split(" ")[1] ?? "");
}
