import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "./free-port.ts";

export interface RedisServer {
  url: string;
  port: number;
  pid: number;
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  /** Default: a free one. */
  port?: number;
  /** Extra `redis-server` arguments, after the defaults, so they win. */
  args?: readonly string[];
}

/** Starts a private redis-server on a loopback port, without persistence, and waits until it answers PING. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const dir = await mkdtemp(join(tmpdir(), "holdfast-redis-"));
  const port = options.port ?? (await freePort());
  const child = spawn(
    process.env["REDIS_SERVER"] ?? "redis-server",
    [
      ...["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", dir],
      ...(options.args ?? []),
    ],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4_000);
  });
  const gone = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`redis-server left with code ${code}:\n${output}`)));
  });
  gone.catch(() => undefined);
  const url = `redis://127.0.0.1:${port}`;
  try {
    await Promise.race([answersPing(url), gone]);
  } catch (error) {
    child.kill("SIGKILL");
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
  return {
    url,
    port,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, "exit");
        child.kill("SIGTERM");
        // A server frozen by a test (SIGSTOP) does not hear SIGTERM.
        const force = setTimeout(() => child.kill("SIGKILL"), 3_000);
        await exited;
        clearTimeout(force);
      }
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function answersPing(url: string): Promise<void> {
  const client = new Redis(url, {
    // 20 ms apart for 10 s.
    retryStrategy: (attempt) => (attempt > 500 ? null : 20),
    maxRetriesPerRequest: null,
  });
  client.on("error", () => undefined);
  try {
    await client.ping();
  } finally {
    client.disconnect();
  }
}
