export type * from "./batch.ts";
export type { ReadCollection } from "./read-collection.ts";
export { createStore, type Store } from "./store.ts";
