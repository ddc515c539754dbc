import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seedOf } from "../store/seed.ts";
import { type Cluster, startCluster } from "./support/cluster.ts";
import { FAULTS, type FaultName } from "./support/faults.ts";
import { FAST_HEARTBEAT } from "./support/node-process.ts";
import { play } from "./support/play.ts";

/** Of each fault, in milliseconds. */
const DURATION_MS = Number(process.env["CLUSTER_MS"] ?? 20_000);
const SEED = seedOf("a cluster while things break");

const SURVIVED: readonly FaultName[] = [
  "every client's connection is dropped",
  "Redis drops the connections that hear",
  "Redis drops the connections that ask",
  "a server is killed and started again",
  "a server is frozen for 4 s",
  "Redis is frozen for 1.5 s",
  "Redis is killed and started again with its data",
  "a server is cut off from Redis for 3 s",
  "what a server and Redis say is swallowed for 4 s",
];
/** What Redis forgets is gone, and then every client is told. */
const FORGOTTEN: readonly FaultName[] = [
  "Redis comes back with an older state",
  "Redis is killed and comes back empty",
];

const SOUND = {
  appliedTwice: [],
  violations: [],
  converged: "11/11",
  failures: [],
  terminal: { equal: "4/4", unlike: [], typedTwice: [], outOfOrder: [], lost: [] },
};

const COLUMNS = [
  ...["broken", "times", "acknowledged", "applied twice", "lost", "out of order, doubled or missing"],
  ...["hold what is there", "read everything anew", "terminals equal", "inputs read", "read twice"],
  ...["inputs out of order", "lost unsaid", "said to be given up", "terminals drawn anew"],
];
console.info(`| ${COLUMNS.join(" | ")} |\n|${"---|".repeat(COLUMNS.length)}`);

function report(name: string, outcome: Awaited<ReturnType<typeof play>>): void {
  const { injected, acknowledged, appliedTwice, lost, violations, converged, snapshots, terminal } = outcome;
  const cells = [
    name,
    injected,
    acknowledged,
    appliedTwice.length,
    lost,
    violations.length,
    converged,
    snapshots,
    terminal.equal,
    terminal.typed,
    terminal.typedTwice.length,
    terminal.outOfOrder.length,
    terminal.lost.length,
    terminal.dropped,
    terminal.redraws,
  ];
  // One by one, so that what a run that is broken off has shown is not lost.
  console.info(`| ${cells.join(" | ")} |`);
}

describe.each([
  ["aof", SURVIVED, 0],
  ["rdb", FORGOTTEN, undefined],
] as const)("three servers on one Redis that keeps %s", (persistence, faults, lost) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(persistence, FAST_HEARTBEAT);
  });
  afterAll(() => cluster?.close());

  it.each(faults)("%s", async (name) => {
    const mayLose = lost === undefined;
    const outcome = await play(cluster, {
      durationMs: DURATION_MS,
      everyMs: 1_000,
      fault: FAULTS[name],
      mayLose,
      seed: SEED,
    });
    report(name, outcome);
    expect(outcome).toMatchObject(SOUND);
    if (!mayLose) expect(outcome.lost).toBe(0);
    // Only another server process of Redis makes clients read everything anew.
    if (!mayLose && !name.startsWith("Redis is killed")) expect(outcome.snapshots).toBe(0);
    expect(outcome.injected).toBeGreaterThan(0);
    for (const node of cluster.nodes) expect(node.errors()).not.toMatch(/unhandled|"level":50/i);
  });
});

it("a rolling restart shows no client an error or a whole state", async () => {
  const cluster = await startCluster("aof", FAST_HEARTBEAT);
  try {
    const fault = FAULTS["all servers are restarted one after the other"];
    const outcome = await play(cluster, { durationMs: DURATION_MS, everyMs: 2_000, fault, seed: SEED });
    report("all servers are restarted one after the other", outcome);
    expect(outcome).toMatchObject({ ...SOUND, lost: 0, snapshots: 0 });
  } finally {
    await cluster.close();
  }
});
