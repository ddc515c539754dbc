import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seedOf } from "../store/seed.ts";
import { type Cluster, startCluster } from "./support/cluster.ts";
import { FAULTS, type FaultName } from "./support/faults.ts";
import { play } from "./support/play.ts";

/** The short form of `faults.long.ts`: one of each kind. */
const FEW: readonly FaultName[] = [
  "every client's connection is dropped",
  "a server is killed and started again",
  "a server is cut off from Redis for 3 s",
  "Redis is killed and started again with its data",
];

const seed = seedOf("a cluster while something breaks");
let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster("aof");
});
afterAll(() => cluster?.close());

describe("three servers on one Redis lose nothing, do nothing twice and tell all in order when", () => {
  it.each(FEW)(
    "%s",
    async (name) => {
      const outcome = await play(cluster, {
        durationMs: 4_000,
        everyMs: 700,
        fault: FAULTS[name],
        leastWrites: 50,
        seed,
      });
      expect(outcome).toMatchObject({
        appliedTwice: [],
        lost: 0,
        violations: [],
        converged: "11/11",
        failures: [],
        terminal: { unlike: [], typedTwice: [], outOfOrder: [], lost: [] },
      });
      expect(outcome.terminal.typed).toBeGreaterThan(10);
      // Only another server process of Redis makes clients read everything anew.
      if (!name.startsWith("Redis is killed")) expect(outcome.snapshots).toBe(0);
      expect(outcome.injected).toBeGreaterThan(0);
      expect(outcome.acknowledged).toBeGreaterThan(20);
    },
    150_000,
  );
});
