import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { type RedisServer, startRedis } from "../setup/redis-server.ts";

/** A Redis server of a test's own that goes away and comes back, at the same address. */
export interface RedisProcess {
  readonly url: string;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** Starts it again; with `empty` it has lost everything. */
  start(empty?: boolean): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Runs commands on a connection of its own. */
  with<T>(action: (client: Redis) => Promise<T>): Promise<T>;
  /** Keeps its state of now, and puts it back while the server is down. */
  saveState(): Promise<void>;
  putBack(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param persistence `aof`: what was answered is on disk; `rdb`: only what `saveState` kept. With the usual
 * `appendfsync everysec` a server that is killed while its disk is slow loses up to two seconds of what it answered.
 */
export async function startRedisProcess(persistence: "aof" | "rdb" | "none"): Promise<RedisProcess> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-redis-data-"));
  const args = [
    "--dir",
    folder,
    ...(persistence === "aof" ? ["--appendonly", "yes", "--appendfsync", "always"] : []),
  ];
  let server: RedisServer = await startRedis({ args });
  const { port, url } = server;

  async function withClient<T>(action: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(url);
    try {
      return await action(client);
    } finally {
      client.disconnect();
    }
  }

  return {
    url,
    async kill() {
      process.kill(server.pid, "SIGKILL");
      await server.stop();
    },
    async start(empty = false) {
      if (empty) {
        await rm(folder, { recursive: true, force: true });
        server = await startRedis({ port });
      } else server = await startRedis({ port, args });
    },
    freeze: () => void process.kill(server.pid, "SIGSTOP"),
    thaw: () => void process.kill(server.pid, "SIGCONT"),
    with: withClient,
    async saveState() {
      await withClient((client) => client.save());
      await copyFile(join(folder, "dump.rdb"), join(folder, "kept.rdb"));
    },
    putBack: () => copyFile(join(folder, "kept.rdb"), join(folder, "dump.rdb")),
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
