import type { Source } from "../util/source.ts";
import { useSnapshot } from "./use-snapshot.ts";

/** One entity of a collection; `undefined` while there is none of that id. Changes of others render nothing. */
export function useEntity<E>(
  collection: { entity(id: string): Source<E | undefined> },
  id: string,
): E | undefined {
  return useSnapshot(collection.entity(id));
}
