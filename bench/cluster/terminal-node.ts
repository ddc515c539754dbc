import { createServer } from "../../server/index.ts";
import { act } from "../actor.ts";

const SILENT = { debug() {}, info() {}, warn() {}, error: console.error };

/* One of several servers on a Redis, as `holdfast serve` runs it, in a process of its own. */
act({
  usage: () => process.cpuUsage(),
  async start(redisUrl: string) {
    const server = await createServer({ store: redisUrl, logger: SILENT, pages: {} });
    return (await server.listen({ port: 0 })).port;
  },
});
