import { afterEach } from "vitest";
import type { Store } from "../../../server/store/store.ts";
import type { StoreKind, StoreOptions, StorePlace } from "../store-place.ts";

/** Opens stores for tests and clears them away after each. */
export interface Stores {
  readonly isPersistent: boolean;
  /** A store in a place of its own. */
  open(options?: StoreOptions): Promise<Store>;
  place(): Promise<StorePlace>;
}

export function useStores(kind: StoreKind): Stores {
  const places: StorePlace[] = [];
  const opened: Store[] = [];
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    for (const place of places.splice(0)) await place.remove();
  });
  async function place(): Promise<StorePlace> {
    const made = await kind.createPlace();
    places.push(made);
    return made;
  }
  return {
    isPersistent: kind.isPersistent,
    place,
    async open(options) {
      const store = await (await place()).open(options);
      opened.push(store);
      return store;
    },
  };
}
