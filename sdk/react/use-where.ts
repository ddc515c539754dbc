import { type DependencyList, useCallback } from "react";
import type { Source } from "../util/source.ts";
import { useSnapshot } from "./use-snapshot.ts";

/**
 * The entities that pass a predicate, in the collection's order; renders only when that list changes.
 * @param predicate pure, and reading nothing that may change but what `dependencies` names.
 * @example const mine = useWhere(client.tasks, (task) => task.assigneeId === userId, [userId]);
 */
export function useWhere<E>(
  collection: { where(predicate: (entity: E) => boolean): Source<readonly E[]> },
  predicate: (entity: E) => boolean,
  dependencies: DependencyList,
): readonly E[] {
  // The same function gives the same source, so that the list is followed and not scanned at every render.
  return useSnapshot(collection.where(useCallback(predicate, dependencies)));
}
