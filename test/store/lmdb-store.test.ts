import { runStoreContract } from "./contract.ts";
import { lmdbKind } from "./store-place.ts";

runStoreContract("LMDB", lmdbKind);
