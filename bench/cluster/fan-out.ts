import { setTimeout } from "node:timers/promises";
import { type RedisServer, startRedis } from "../../test/setup/redis-server.ts";
import { figure, report } from "../report.ts";
import { median, percentile } from "../server/numbers.ts";
import { type Listeners, startListeners } from "./listeners.ts";
import { type Node, type NodeKind, startNode } from "./nodes.ts";

/*
 * An update made on server A until clients have it: 500 of A itself, or 250 each of B and C, beside socket.io's sharded
 * Redis adapter: `node bench/cluster/fan-out.ts [rounds] [seconds]`. Both are up all the time and take turns of some
 * seconds, so that what else the machine does falls on both; updates are made at a rate, whether they arrive or not.
 */
const [rounds = 8, seconds = 2] = process.argv.slice(2).map(Number);
const CLIENTS = 500;
/** Clients of A, and as many of B, that hear the same updates: what the way over Redis adds. */
const PAIRED = 20;
const RATES = [20, 100] as const;
/** More than either can deliver to so many clients. */
const FLOOD = 600;
const WARM_UP_RATE = 100;
const SETTLE_MS = 300;
const QUIET_MS = 400;
const MOST_DRAIN_MS = 8_000;

const KINDS: readonly NodeKind[] = ["holdfast", "sharded-socketio"];
const NAMES: Readonly<Record<NodeKind, string>> = {
  holdfast: "Holdfast",
  "sharded-socketio": "socket.io, sharded adapter",
};
/** A project each, by who hears it. */
const PROJECTS = ["on-a", "elsewhere", "paired"] as const;
type Project = (typeof PROJECTS)[number];

interface Cluster {
  readonly a: Node;
  readonly listeners: Readonly<Record<Project, readonly Listeners[]>>;
  stop(): Promise<void>;
}

async function startCluster(kind: NodeKind): Promise<Cluster> {
  const redis: RedisServer = await startRedis({ args: ["--appendonly", "yes", "--appendfsync", "everysec"] });
  const start = (): Promise<Node> => startNode(kind, redis.url, PROJECTS);
  // The first makes the projects.
  const a = await start();
  const [b, c] = await Promise.all([start(), start()]);
  const nodes = [a, b, c];
  const listen = (node: Node, project: Project, clients: number): Promise<Listeners> =>
    startListeners(node, kind, project, clients);
  const listeners = {
    "on-a": await Promise.all([listen(a, "on-a", CLIENTS)]),
    elsewhere: await Promise.all([listen(b, "elsewhere", CLIENTS / 2), listen(c, "elsewhere", CLIENTS / 2)]),
    paired: await Promise.all([listen(a, "paired", PAIRED), listen(b, "paired", PAIRED)]),
  };
  return {
    a,
    listeners,
    async stop() {
      for (const one of Object.values(listeners).flat()) one.stop();
      for (const node of nodes) node.stop();
      await redis.stop();
    },
  };
}

/** Of the updates of a project made at a rate for some seconds, what each group of its listeners saw. */
async function slice({ a, listeners }: Cluster, project: Project, perSecond: number) {
  a.pace(perSecond, project);
  await setTimeout(SETTLE_MS);
  for (const one of listeners[project]) one.begin();
  await setTimeout(seconds * 1_000);
  const seen = await Promise.all(listeners[project].map((one) => one.end()));
  a.pace(0, project);
  return seen;
}

/** Waits until nothing arrives any more, so that one turn leaves nothing to the next. */
async function drain({ a, listeners }: Cluster): Promise<void> {
  const all = Object.values(listeners).flat();
  for (const until = performance.now() + MOST_DRAIN_MS; performance.now() < until; ) {
    // A server that is still busy with what it was told to do answers late.
    await a.usage();
    for (const one of all) one.begin();
    await setTimeout(QUIET_MS);
    const seen = await Promise.all(all.map((one) => one.end()));
    if (seen.every(({ frames }) => frames === 0)) return;
  }
}

const clusters = new Map<NodeKind, Cluster>();
await Promise.all(KINDS.map(async (kind) => clusters.set(kind, await startCluster(kind))));
const latencies = new Map<string, number[][]>();
const floods = new Map<string, number[]>();
const keep = <T>(map: Map<string, T[]>, key: string, value: T): void => {
  map.set(key, [...(map.get(key) ?? []), value]);
};

/** Each kind in turn, the other one first every second time. */
async function eachTurn(
  round: number,
  act: (kind: NodeKind, cluster: Cluster) => Promise<void>,
): Promise<void> {
  for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
    const cluster = clusters.get(kind);
    if (cluster === undefined) continue;
    await act(kind, cluster);
    await drain(cluster);
  }
}

async function atRates(kind: NodeKind, cluster: Cluster): Promise<void> {
  for (const rate of RATES) {
    for (const project of PROJECTS) {
      const seen = await slice(cluster, project, rate);
      // Those at B and C are one group; the paired ones are compared with each other.
      const groups = project === "paired" ? seen.map((one) => [one]) : [seen];
      groups.forEach((group, at) => {
        keep(
          latencies,
          `${kind} ${project} ${at} ${rate}`,
          group.flatMap((one) => [...one.latenciesMs]),
        );
      });
    }
  }
}

async function flood(kind: NodeKind, cluster: Cluster): Promise<void> {
  for (const project of ["on-a", "elsewhere"] as const) {
    const seen = await slice(cluster, project, FLOOD);
    keep(floods, `${kind} ${project}`, Math.min(...seen.map(({ updates }) => updates)) / seconds);
    await drain(cluster);
  }
}

await eachTurn(0, async (_, cluster) => {
  for (const project of PROJECTS) await slice(cluster, project, WARM_UP_RATE);
});
for (let round = 0; round < rounds; round += 1) await eachTurn(round, atRates);
for (let round = 0; round < rounds; round += 1) await eachTurn(round, flood);
for (const cluster of clusters.values()) await cluster.stop();

/** Of each round its own: one in which the machine was away counts as one. */
const share = (key: string, of: number): number =>
  median((latencies.get(key) ?? []).map((one) => percentile(one, of)));
const p50 = (key: string): number => share(key, 0.5);
const p99 = (key: string): number => share(key, 0.99);
const flooded = (key: string): number => median(floods.get(key) ?? []);
const added = (kind: NodeKind, rate: number): number =>
  median(
    (latencies.get(`${kind} paired 1 ${rate}`) ?? []).map(
      (there, at) =>
        percentile(there, 0.5) - percentile(latencies.get(`${kind} paired 0 ${rate}`)?.[at] ?? [], 0.5),
    ),
  );

report("cluster-fan-out", [
  {
    title: `One update on A to ${CLIENTS} clients: median of ${rounds} turns of ${seconds} s`,
    columns: [
      "",
      ...RATES.flatMap((rate) => [`p50 at ${rate}/s (ms)`, "p99 (ms)"]),
      `updates/s delivered of ${FLOOD}`,
      "deliveries/s",
    ],
    rows: KINDS.flatMap((kind) =>
      (["on-a", "elsewhere"] as const).map((project) => [
        `${NAMES[kind]}, clients on ${project === "on-a" ? "A" : "B and C"}`,
        ...RATES.flatMap((rate) => [
          figure(p50(`${kind} ${project} 0 ${rate}`)),
          figure(p99(`${kind} ${project} 0 ${rate}`)),
        ]),
        figure(flooded(`${kind} ${project}`)),
        figure(flooded(`${kind} ${project}`) * CLIENTS),
      ]),
    ),
    reaches: [
      ...RATES.map((rate) => ({
        what: `p50 on B and C at ${rate}/s, against the adapter's`,
        value: p50(`holdfast elsewhere 0 ${rate}`),
        atMost: p50(`sharded-socketio elsewhere 0 ${rate}`),
        unit: " ms",
      })),
      {
        what: "the adapter's throughput to B and C, against ours",
        value: flooded("sharded-socketio elsewhere"),
        atMost: flooded("holdfast elsewhere"),
        unit: "/s",
      },
    ],
  },
  {
    title: `The same update at ${PAIRED} clients of A and ${PAIRED} of B`,
    columns: ["", ...RATES.flatMap((rate) => [`p50 on A at ${rate}/s (ms)`, "on B", "B later by"])],
    rows: KINDS.map((kind) => [
      NAMES[kind],
      ...RATES.flatMap((rate) => [
        figure(p50(`${kind} paired 0 ${rate}`)),
        figure(p50(`${kind} paired 1 ${rate}`)),
        figure(added(kind, rate)),
      ]),
    ]),
    reaches: RATES.map((rate) => ({
      what: `p50 that another server adds at ${rate}/s`,
      ...{ value: added("holdfast", rate), atMost: 1, unit: " ms" },
    })),
  },
]);
process.exit();
