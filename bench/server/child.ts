import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a process used since it started. */
export interface Usage {
  readonly userMs: number;
  readonly systemMs: number;
  readonly atMs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
}

export type ServerKind = "bare-socketio" | "holdfast";

/** A server in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  /** Makes updates from inside, evenly; 0 stops. */
  pace(perSecond: number): void;
  /** @param collect collects garbage before it looks at memory */
  usage(collect?: boolean): Promise<Usage>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** In the server's process: says where it listens and answers questions about what it uses. */
export function serveParent(port: number, close: () => unknown): void {
  process.on("message", (collect: unknown) => {
    if (typeof collect !== "boolean") return;
    if (collect) for (let round = 0; round < 4; round += 1) globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    process.send?.({
      userMs: user / 1_000,
      systemMs: system / 1_000,
      atMs: performance.now(),
      rssBytes: rss,
      heapBytes: heapUsed,
    } satisfies Usage);
  });
  process.once("SIGTERM", () => void Promise.resolve(close()).then(() => process.exit(0)));
  process.send?.(port);
}

/** What a server is to update, and how often a second. */
export interface Pace {
  readonly projectId: string;
  readonly perSecond: number;
}

/** In the server's process: makes updates whenever the parent asks for them, of `p1` where it names none. */
export function onPace(update: (n: number, projectId: string) => void): void {
  let stop = (): void => undefined;
  let n = 1;
  process.on("message", (asked: unknown) => {
    const pace = typeof asked === "number" ? { projectId: "p1", perSecond: asked } : asked;
    if (!isPace(pace)) return;
    stop();
    stop = paced(pace.perSecond, () => update(++n, pace.projectId));
  });
}

function isPace(message: unknown): message is Pace {
  return typeof message === "object" && message !== null && "perSecond" in message && "projectId" in message;
}

/** Calls back so often a second, evenly, and wakes for nothing else; returns how to stop. 0: never. */
export function paced(perSecond: number, act: () => void): () => void {
  if (perSecond === 0) return () => undefined;
  const startedAt = performance.now();
  const dueAt = (count: number): number => startedAt + (count * 1_000) / perSecond;
  let done = 0;
  const run = (): void => {
    for (; dueAt(done + 1) <= performance.now(); done += 1) act();
    timer = setTimeout(run, Math.max(1, dueAt(done + 1) - performance.now()));
  };
  let timer = setTimeout(run, 0);
  return () => clearTimeout(timer);
}

/** Starts a server. `PROFILE=FOLDER` writes a CPU profile of each there when it ends. */
export async function startServer(
  kind: ServerKind,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const folder = process.env["PROFILE"];
  const profiling = folder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${folder}`];
  const child = fork(fileURLToPath(new URL(`./${kind}.ts`, import.meta.url)), [], {
    execArgv: ["--expose-gc", ...profiling],
    env: { ...process.env, ...env },
  });
  const port = await answerOf<number>(child);
  return {
    port,
    pace: (perSecond) => void child.send(perSecond),
    async usage(collect = false) {
      const answer = answerOf<Usage>(child);
      child.send(collect);
      return answer;
    },
    async stop(signal = "SIGTERM") {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill(signal);
      await exited;
    },
  };
}

/** Waits for the next thing a process says. @throws when it ends instead */
export async function answerOf<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController();
  const exited = once(child, "exit", { signal: ended.signal }).then(() => {
    throw new Error("the process ended");
  });
  try {
    // Only `serveParent` and the clients of the benches answer, each question with its own type.
    const [answer] = (await Promise.race([once(child, "message"), exited])) as [T];
    return answer;
  } finally {
    exited.catch(() => undefined);
    ended.abort();
  }
}
