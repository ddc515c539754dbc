import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { PATIENCE_MS } from "../../support/patience.ts";
import { type Relay, startProxy } from "../../support/proxy.ts";

const PROGRAM = fileURLToPath(new URL("../../../server/bin/holdfast.ts", import.meta.url));
const READY_MS = 2 * PATIENCE_MS;
/**
 * Flags for a heartbeat of 1 s + 1 s instead of 25 + 20: a frozen server is noticed while somebody watches, and on a
 * busy machine one that is not, now and then.
 */
export const FAST_HEARTBEAT = ["--ping-interval-ms", "1000", "--ping-timeout-ms", "1000"];
/** Starts of one that does not reach Redis in time. */
const STARTS = 5;

/** `holdfast serve` as a process of its own, with a cable of its own to Redis. */
export interface NodeProcess {
  readonly url: string;
  readonly port: number;
  readonly cable: Relay;
  /** All it ever said on stderr. */
  errors(): string;
  kill9(): Promise<void>;
  /** SIGTERM. Resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Starts it again where it was. */
  start(): Promise<void>;
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

/** @param args of `holdfast serve`, beside its store and port */
export async function startNode(redisPort: number, args: readonly string[] = []): Promise<NodeProcess> {
  const cable = await startProxy(redisPort);
  let child: ChildProcess | undefined;
  let port = 0;
  let errors = "";

  /** As what supervises it would: one that does not reach Redis in time on a busy machine is started again. */
  async function start(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await startOnce();
      } catch (error) {
        if (tries === STARTS || !/out of reach/.test(String(error))) throw error;
      }
    }
  }

  async function startOnce(): Promise<void> {
    const store = `redis://127.0.0.1:${cable.port}`;
    const process_ = spawn(
      process.execPath,
      [PROGRAM, "serve", "--store", store, "--port", String(port), ...args],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    child = process_;
    process_.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const line = await Promise.race([
      once(process_.stdout, "data", { signal: AbortSignal.timeout(READY_MS) }).then(String),
      // With all that it said.
      once(process_, "close").then(([code]) => `it left with ${code}: ${errors.slice(-2_000)}`),
    ]);
    const url = /listening on (http:\S+)/.exec(line)?.[1];
    if (url === undefined) throw new Error(`a server does not listen: ${line}`);
    port = Number(new URL(url).port);
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, "exit");
      child.kill(signal);
      await gone;
    }
    return child?.exitCode ?? null;
  }

  await start();
  return {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    get port() {
      return port;
    },
    cable,
    errors: () => errors,
    kill9: async () => void (await end("SIGKILL")),
    stop: () => end("SIGTERM"),
    start,
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    async close() {
      await end("SIGKILL");
      await cable.close();
    },
  };
}
