export { indexedDb } from "./indexed-db.ts";
export { memory } from "./memory.ts";
export type { Keeper, KeeperTrace, KeepOptions, KeptQueue, KeptWrite, Persistence } from "./persistence.ts";
