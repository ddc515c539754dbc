/** The script-tag build: everything a page uses, as fields of the global `Holdfast`. */
export { createDevSync } from "./dev/index.ts";
export { createClient, HoldfastError, isHoldfastError } from "./index.ts";
export { indexedDb, memory } from "./store/persistence/index.ts";
export { attachTerminal } from "./terminal/index.ts";
