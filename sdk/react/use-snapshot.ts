import { useSyncExternalStore } from "react";
import type { Source } from "../util/source.ts";

/**
 * What a source holds, kept up to date: `useSnapshot(client.status)`, `useSnapshot(client.tasks)`.
 * Renders again only when the snapshot is another one; every component of one render sees the same.
 * On a server it is the snapshot of that moment.
 * @param source one that keeps its identity between renders: those of a client do, also `entity(id)`.
 */
export function useSnapshot<T>(source: Source<T>): T {
  return useSyncExternalStore(source.subscribe, source.getSnapshot, source.getSnapshot);
}
