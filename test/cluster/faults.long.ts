import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "./support/cluster.ts";
import { FAULTS, type FaultName } from "./support/faults.ts";
import { play } from "./support/play.ts";

/** Of each fault, in milliseconds. */
const DURATION_MS = Number(process.env["CLUSTER_MS"] ?? 20_000);

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

const SOUND = { appliedTwice: [], violations: [], converged: "11/11", failures: [] };
const reports: string[] = [];
afterAll(() => console.log(reports.join("\n")));

function report(name: string, outcome: Awaited<ReturnType<typeof play>>): void {
  const { injected, acknowledged, appliedTwice, lost, violations, converged, snapshots } = outcome;
  const cells = [
    name,
    injected,
    acknowledged,
    appliedTwice.length,
    lost,
    violations.length,
    converged,
    snapshots,
  ];
  reports.push(`| ${cells.join(" | ")} |`);
}

describe.each([
  ["aof", SURVIVED, 0],
  ["rdb", FORGOTTEN, undefined],
] as const)("three servers on one Redis that keeps %s", (persistence, faults, lost) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(persistence);
  });
  afterAll(() => cluster?.close());

  it.each(faults)("%s", async (name) => {
    const mayLose = lost === undefined;
    const outcome = await play(cluster, {
      durationMs: DURATION_MS,
      everyMs: 1_000,
      fault: FAULTS[name],
      mayLose,
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
  const cluster = await startCluster("aof");
  try {
    const fault = FAULTS["all servers are restarted one after the other"];
    const outcome = await play(cluster, { durationMs: DURATION_MS, everyMs: 2_000, fault });
    report("all servers are restarted one after the other", outcome);
    expect(outcome).toMatchObject({ ...SOUND, lost: 0, snapshots: 0 });
  } finally {
    await cluster.close();
  }
});
