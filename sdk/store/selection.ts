import type { Entity } from "../protocol/index.ts";
import type { Source } from "../util/source.ts";
import { createListeners, type Notifier } from "./notifier.ts";
import { createOrderedList } from "./ordered-list.ts";
import type { Table } from "./table.ts";

/**
 * A filtered list. While somebody subscribes it follows the table entity by entity; else it is scanned when read and
 * something changed, so that a predicate nobody holds any more costs nothing.
 */
export function createSelection(
  table: Table,
  predicate: (entity: Entity) => boolean,
  notifier: Notifier,
  onError: (error: unknown) => void,
): Source<readonly Entity[]> {
  /** What the list stands for, as far as it follows the table. */
  const members = new Map<string, Entity>();
  const order = createOrderedList();
  /** Version of the table that `order` stands for. */
  let seen = -1;
  let unfollow: (() => void) | undefined;

  const passes = (entity: Entity): boolean => {
    try {
      return predicate(entity);
    } catch (error) {
      onError(error);
      return false;
    }
  };

  const take = (found: readonly Entity[]): void => {
    members.clear();
    for (const entity of found) members.set(entity.id, entity);
  };

  const scan = (): Entity[] => table.all().filter(passes);

  const all = (): Entity[] => {
    if (unfollow === undefined) take(scan());
    return [...members.values()];
  };

  const read = (): readonly Entity[] => {
    if (unfollow === undefined && seen !== table.version) order.invalidate();
    seen = table.version;
    return order.read(all);
  };

  const listeners = createListeners(() => {
    unfollow?.();
    unfollow = undefined;
  });

  return {
    getSnapshot: read,
    subscribe(listener) {
      // Read before following: `members` and the list must stand for the table as it is now.
      read();
      unfollow ??= table.follow({
        change(id, before, after) {
          const was = members.has(id);
          const is = after !== undefined && passes(after);
          if (!was && !is) return;
          if (is) members.set(id, after);
          else members.delete(id);
          order.change(id, was ? before : undefined, is ? after : undefined);
          notifier.due(listeners);
        },
        replaced() {
          const found = scan();
          if (found.length === members.size && found.every((one) => members.get(one.id) === one)) return;
          take(found);
          order.invalidate();
          notifier.due(listeners);
        },
      });
      return listeners.add(listener);
    },
  };
}
