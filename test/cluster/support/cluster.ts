import { type RedisProcess, startRedisProcess } from "../../redis/redis-process.ts";
import { type Balancer, startBalancer } from "./balancer.ts";
import { type NodeProcess, startNode } from "./node-process.ts";

/** Three servers on one Redis behind a balancer, all of them processes. */
export interface Cluster {
  readonly redis: RedisProcess;
  readonly nodes: readonly NodeProcess[];
  readonly balancer: Balancer;
  /** Through the balancer. */
  readonly url: string;
  close(): Promise<void>;
}

const NODES = 3;

/** @param args of each server, as `startNode` takes them */
export async function startCluster(
  persistence: "aof" | "rdb" | "none",
  args: readonly string[] = [],
): Promise<Cluster> {
  const redis = await startRedisProcess(persistence);
  const port = Number(new URL(redis.url).port);
  const nodes = await Promise.all(Array.from({ length: NODES }, () => startNode(port, args)));
  const balancer = await startBalancer();
  balancer.use(nodes.map((node) => node.port));
  return {
    redis,
    nodes,
    balancer,
    url: `http://127.0.0.1:${balancer.port}`,
    async close() {
      await balancer.close();
      await Promise.all(nodes.map((node) => node.close()));
      await redis.stop();
    },
  };
}
