import { runStoreContract } from "./contract.ts";
import { memoryKind } from "./store-place.ts";

runStoreContract("memory", memoryKind);
