import { fork } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startRedis } from "../../test/setup/redis-server.ts";
import { figure, report } from "../report.ts";
import { answerOf } from "../server/child.ts";
import type { Crowd, Seen } from "../server/fan-out-clients.ts";
import { median, percentile } from "../server/numbers.ts";
import { type Node, type NodeKind, startNode } from "./nodes.ts";

/*
 * An update made on server A until 500 clients have it: those of A itself, and 250 each on B and C, against socket.io's
 * sharded Redis adapter in turns within one run: `node bench/cluster/fan-out.ts [rounds] [seconds]`.
 */
const [rounds = 3, seconds = 4] = process.argv.slice(2).map(Number);
const CLIENTS = 500;
const CALM = 20;
/** More than either can deliver to so many clients. */
const FLOOD = 600;
const WARM_UP = { seconds: 2, perSecond: 500 };

interface Measured {
  readonly p50: number;
  readonly p99: number;
  /** Updates a second that reached all clients, of those made as fast as they may. */
  readonly flooded: number;
}

/** Of the updates that A makes, what clients on these servers see. */
async function listen(kind: NodeKind, nodes: readonly Node[], perSecond: number, a: Node): Promise<Seen> {
  const children = nodes.map(({ port }) => {
    const child = fork(fileURLToPath(new URL("../server/fan-out-clients.ts", import.meta.url)));
    const crowd: Crowd = {
      ...{ port, batch: kind === "holdfast", clients: CLIENTS / nodes.length },
      kind: kind === "holdfast" ? "holdfast" : "bare-socketio",
    };
    return { child, crowd };
  });
  try {
    for (const { child, crowd } of children) {
      const ready = answerOf(child);
      child.send(crowd);
      await ready;
    }
    a.pace(perSecond);
    await setTimeout(1_000);
    for (const { child } of children) child.send("begin");
    await setTimeout(seconds * 1_000);
    const seen = children.map(({ child }) => answerOf<Seen>(child));
    for (const { child } of children) child.send("end");
    const all = await Promise.all(seen);
    return {
      updates: Math.min(...all.map(({ updates }) => updates)),
      frames: 0,
      bytes: 0,
      latenciesMs: all.flatMap(({ latenciesMs }) => latenciesMs),
    };
  } finally {
    a.pace(0);
    for (const { child } of children) child.kill("SIGKILL");
  }
}

async function measure(kind: NodeKind, isElsewhere: boolean): Promise<Measured> {
  const redis = await startRedis({ args: ["--appendonly", "yes", "--appendfsync", "everysec"] });
  const nodes: Node[] = [];
  try {
    for (let made = 0; made < 3; made += 1) nodes.push(await startNode(kind, redis.url));
    const [a, ...others] = nodes;
    if (a === undefined) throw new Error("no server");
    a.pace(WARM_UP.perSecond);
    await setTimeout(WARM_UP.seconds * 1_000);
    a.pace(0);
    const where = isElsewhere ? others : [a];
    const calm = await listen(kind, where, CALM, a);
    const flood = await listen(kind, where, FLOOD, a);
    return {
      p50: percentile(calm.latenciesMs, 0.5),
      p99: percentile(calm.latenciesMs, 0.99),
      flooded: flood.updates / seconds,
    };
  } finally {
    for (const node of nodes) node.stop();
    await redis.stop();
  }
}

const contestants: readonly (readonly [name: string, kind: NodeKind, isElsewhere: boolean])[] = [
  ["holdfast, clients on A", "holdfast", false],
  ["holdfast, clients on B and C", "holdfast", true],
  ["socket.io sharded adapter, clients on A", "sharded-socketio", false],
  ["socket.io sharded adapter, clients on B and C", "sharded-socketio", true],
];
const found = new Map<string, Measured[]>();
for (let round = 0; round < rounds; round += 1) {
  for (const [name, kind, isElsewhere] of contestants)
    found.set(name, [...(found.get(name) ?? []), await measure(kind, isElsewhere)]);
}
const of = (index: number, key: keyof Measured): number => {
  const name = contestants[index]?.[0] ?? "";
  return median((found.get(name) ?? []).map((one) => one[key]));
};
report("cluster-fan-out", [
  {
    title: `One update on A to ${CLIENTS} clients, median of ${rounds} rounds of ${seconds} s`,
    columns: ["", `p50 at ${CALM}/s (ms)`, "p99 (ms)", `updates/s delivered of ${FLOOD}`, "deliveries/s"],
    rows: contestants.map(([name], index) => [
      name,
      figure(of(index, "p50")),
      figure(of(index, "p99")),
      figure(of(index, "flooded")),
      figure(of(index, "flooded") * CLIENTS),
    ]),
    reaches: [
      {
        what: "p50 on B and C, against the adapter's",
        value: of(1, "p50"),
        atMost: of(3, "p50"),
        unit: " ms",
      },
      { what: "p50 on B and C above that on A", value: of(1, "p50") - of(0, "p50"), atMost: 1, unit: " ms" },
      {
        what: "the adapter's throughput, against ours",
        value: of(3, "flooded"),
        atMost: of(1, "flooded"),
        unit: "/s",
      },
    ],
  },
]);
