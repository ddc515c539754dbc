import { inject } from "vitest";
import { runStoreContract } from "../store/contract.ts";
import { redisKind } from "./redis-kind.ts";

runStoreContract("Redis", redisKind(inject("redisUrl")));
