import { elapse } from "../../support/elapse.ts";
import type { Cluster } from "./cluster.ts";
import type { NodeProcess } from "./node-process.ts";

type Fault = (cluster: Cluster, turn: number) => Promise<void>;

function nodeOf({ nodes }: Cluster, turn: number): NodeProcess {
  const node = nodes[turn % nodes.length];
  if (node === undefined) throw new Error("a cluster without servers");
  return node;
}

/** What a balancer with health checks sends connections to. */
function useAllBut({ balancer, nodes }: Cluster, out?: NodeProcess): void {
  balancer.use(nodes.filter((node) => node !== out).map(({ port }) => port));
}

const killClients =
  (type: string): Fault =>
  ({ redis }) =>
    redis.with(async (client) => void (await client.call("CLIENT", "KILL", "TYPE", type)));

/** By name, as the table of faults says it. */
export const FAULTS = {
  "every client's connection is dropped": async ({ balancer }) => balancer.drop(),
  "Redis drops the connections that hear": killClients("pubsub"),
  "Redis drops the connections that ask": killClients("normal"),
  async "a server is killed and started again"(cluster, turn) {
    const node = nodeOf(cluster, turn);
    await node.kill9();
    await node.start();
  },
  async "a server is frozen for 4 s"(cluster, turn) {
    const node = nodeOf(cluster, turn);
    node.freeze();
    useAllBut(cluster, node);
    await elapse(4_000);
    node.thaw();
    useAllBut(cluster);
  },
  async "Redis is frozen for 1.5 s"({ redis }) {
    redis.freeze();
    await elapse(1_500);
    redis.thaw();
  },
  async "Redis is killed and started again with its data"({ redis }) {
    await redis.kill();
    await elapse(500);
    await redis.start();
  },
  async "Redis is killed and comes back empty"({ redis }) {
    await redis.kill();
    await redis.start(true);
  },
  async "Redis comes back with an older state"({ redis }) {
    await redis.saveState();
    await elapse(500);
    await redis.kill();
    await redis.putBack();
    await redis.start();
  },
  async "a server is cut off from Redis for 3 s"(cluster, turn) {
    const { cable } = nodeOf(cluster, turn);
    cable.cut();
    await elapse(3_000);
    cable.restore();
  },
  async "what a server and Redis say is swallowed for 4 s"(cluster, turn) {
    const { cable } = nodeOf(cluster, turn);
    cable.swallow();
    await elapse(4_000);
    cable.restore();
  },
  async "all servers are restarted one after the other"(cluster) {
    for (const node of cluster.nodes) {
      useAllBut(cluster, node);
      await node.stop();
      await node.start();
      useAllBut(cluster);
    }
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;
