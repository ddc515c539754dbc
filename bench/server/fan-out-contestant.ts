import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { answerOf, startServer, type Usage } from "./child.ts";
import type { Crowd, Seen, Told } from "./fan-out-clients.ts";
import { percentile } from "./numbers.ts";

/** Who takes part, by what its row in the table is called. */
export const CONTESTANTS = {
  "bare socket.io": { kind: "bare-socketio", store: "memory" },
  holdfast: { kind: "holdfast", store: "memory" },
  "holdfast, LMDB": { kind: "holdfast", store: "lmdb" },
} as const;
export type ContestantName = keyof typeof CONTESTANTS;

/** Who makes the updates: `server.mutate` and `emit` from inside, or a client whose event is also acked. */
export type Source = "the server" | "a client";

export interface Measured {
  readonly microsPerDelivery: number;
  /** Of it, in the kernel. */
  readonly systemShare: number;
  readonly cores: number;
  readonly bytesPerDelivery: number;
  readonly framesPerUpdate: number;
  readonly p50: number;
  readonly p99: number;
}

/** A server and its clients, connected and compiled hot, that rests between its turns. */
export interface Contestant {
  turn(source: Source, perSecond: number, seconds: number): Promise<Measured>;
  leave(): Promise<void>;
}

/** First the server alone, for what a change costs; then what it costs to tell all clients, and to hear from one. */
const WARM_UP = { seconds: 5, perSecond: 3_000, deliveriesPerSecond: 40_000, writesPerSecond: 400 };
/** For what is still under way. */
const SETTLE_MS = 500;
/** More clients in one process would measure that process. */
const PER_PROCESS = 500;

export async function enter(name: ContestantName, batch: boolean, clients: number): Promise<Contestant> {
  const { kind, store } = CONTESTANTS[name];
  const folder = store === "lmdb" ? await mkdtemp(join(tmpdir(), "holdfast-fan-out-")) : undefined;
  const server = await startServer(kind, { STORE: folder ?? store });
  const processes = Array.from({ length: Math.ceil(clients / PER_PROCESS) }, () =>
    fork(fileURLToPath(new URL("./fan-out-clients.ts", import.meta.url))),
  );
  const tellAll = (told: Told): void => processes.forEach((child) => void child.send(told));
  const makeUpdates = (source: Source, perSecond: number): void => {
    if (source === "the server") server.pace(perSecond);
    else processes[0]?.send(perSecond satisfies Told);
  };
  const during = async (source: Source, perSecond: number, seconds: number): Promise<void> => {
    makeUpdates(source, perSecond);
    await setTimeout(seconds * 1_000);
    makeUpdates(source, 0);
  };

  await during("the server", WARM_UP.perSecond, WARM_UP.seconds);
  for (const [index, child] of processes.entries()) {
    const ready = answerOf(child);
    const share = Math.min(PER_PROCESS, clients - index * PER_PROCESS);
    child.send({ port: server.port, kind, batch, clients: share } satisfies Crowd);
    await ready;
  }
  const perSecond = WARM_UP.deliveriesPerSecond / clients;
  await during("the server", perSecond, WARM_UP.seconds);
  await during("a client", Math.min(perSecond, WARM_UP.writesPerSecond), WARM_UP.seconds);

  return {
    async turn(source, updatesPerSecond, seconds) {
      makeUpdates(source, updatesPerSecond);
      await setTimeout(SETTLE_MS);
      tellAll("begin");
      const before = await server.usage();
      await setTimeout(seconds * 1_000);
      const after = await server.usage();
      const seen = processes.map((child) => answerOf<Seen>(child));
      tellAll("end");
      makeUpdates(source, 0);
      return numbersOf(before, after, clients, await Promise.all(seen));
    },
    async leave() {
      for (const child of processes) child.kill("SIGKILL");
      await server.stop();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

function numbersOf(before: Usage, after: Usage, clients: number, seen: readonly Seen[]): Measured {
  const [{ updates } = { updates: 0 }] = seen;
  const deliveries = updates * clients;
  const latencies = seen.flatMap(({ latenciesMs }) => latenciesMs);
  const sum = (of: (part: Seen) => number): number => seen.reduce((total, part) => total + of(part), 0);
  const systemMs = after.systemMs - before.systemMs;
  const cpuMs = after.userMs - before.userMs + systemMs;
  return {
    microsPerDelivery: (cpuMs * 1_000) / deliveries,
    systemShare: systemMs / cpuMs,
    cores: cpuMs / (after.atMs - before.atMs),
    bytesPerDelivery: sum(({ bytes }) => bytes) / deliveries,
    framesPerUpdate: sum(({ frames }) => frames) / deliveries,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}
