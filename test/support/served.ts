import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PATIENCE_MS } from "./patience.ts";

/** The built command; the tests of what a user runs run what a user runs. */
const HOLDFAST = fileURLToPath(new URL("../../dist/bin/holdfast.js", import.meta.url));

/** A `holdfast serve` process. */
export interface Served {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** `kill -9`, without a chance to clean up. */
  kill9(): Promise<void>;
  /** SIGTERM, as an operator would. Resolves with the exit code. */
  stop(): Promise<number | null>;
}

export interface ServedFolder {
  readonly store: string;
  serve(args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<Served>;
  /** Ends what still runs and removes the folder. */
  dispose(): Promise<void>;
}

const READY_MS = 2 * PATIENCE_MS;

async function start(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Served> {
  const child: ChildProcess = spawn(process.execPath, [HOLDFAST, "serve", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`not listening after ${READY_MS} ms:\n${output}`)),
      READY_MS,
    );
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const found = /listening on (http:\S+)/.exec(output);
      if (found?.[1] === undefined) return;
      clearTimeout(late);
      resolve(found[1]);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => {
      clearTimeout(late);
      reject(new Error(`exit ${code}:\n${output}`));
    });
  });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, "exit");
      child.kill(signal);
      await gone;
    }
    return child.exitCode;
  };
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid ?? 0,
    kill9: async () => void (await end("SIGKILL")),
    stop: () => end("SIGTERM"),
  };
}

/** A fresh store folder and the servers run on it, one after the other. */
export async function createServedFolder(): Promise<ServedFolder> {
  const store = await mkdtemp(join(tmpdir(), "holdfast-served-"));
  let last: Served | undefined;
  return {
    store,
    async serve(args = [], env = {}) {
      last = await start(["--store", store, ...args], env);
      return last;
    },
    async dispose() {
      await last?.stop();
      await rm(store, { recursive: true, force: true });
    },
  };
}
