import { fork } from "node:child_process";
import { loadavg } from "node:os";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { answerOf, type ServerKind, startServer } from "./child.ts";
import type { Crowd } from "./idle-clients.ts";
import { median } from "./numbers.ts";

/*
 * What a connection costs that only stands there, against bare socket.io at the same time:
 * `node bench/server/idle.ts [connections] [rounds] [idle seconds]`. Each joined one project and one room.
 */
// Every connection is pinged once in 25 s.
const [connections = 5_000, rounds = 2, idleSeconds = 25] = process.argv.slice(2).map(Number);
/** Memory of a connection is told by the difference to this many: what the first ones cost is not theirs. */
const FIRST = 200;
const MEMORY_REACH = 1.25;
/** Of a core, for 1,000 connections. */
const CPU_REACH = 0.01;

interface Measured {
  readonly rssKb: number;
  readonly heapKb: number;
  /** Of a core, for 1,000 connections. */
  readonly cores: number;
  readonly lost: number;
}

async function measure(kind: ServerKind): Promise<Measured> {
  const server = await startServer(kind);
  const child = fork(fileURLToPath(new URL("./idle-clients.ts", import.meta.url)));
  const connect = async (clients: number): Promise<void> => {
    const ready = kind === "holdfast" ? "connection_status" : "connect";
    const connected = answerOf(child);
    child.send({ port: server.port, clients, auth: { projectId: "p1", protocol: 1 }, ready } satisfies Crowd);
    await connected;
  };
  try {
    await connect(FIRST);
    const first = await server.usage(true);
    await connect(connections - FIRST);
    await setTimeout(2_000);
    const full = await server.usage(true);
    await setTimeout(idleSeconds * 1_000);
    const later = await server.usage();
    const lost = answerOf<number>(child);
    child.send("lost");
    const cpuMs = later.userMs + later.systemMs - full.userMs - full.systemMs;
    return {
      rssKb: (full.rssBytes - first.rssBytes) / 1_024 / (connections - FIRST),
      heapKb: (full.heapBytes - first.heapBytes) / 1_024 / (connections - FIRST),
      cores: (cpuMs / (later.atMs - full.atMs)) * (1_000 / connections),
      lost: await lost,
    };
  } finally {
    child.kill("SIGKILL");
    await server.stop();
  }
}

function shown(kind: string, values: readonly Measured[]): string {
  const of = (name: keyof Measured): number => median(values.map((value) => value[name]));
  const cores = `${(of("cores") * 100).toFixed(2)} % of a core for 1,000`;
  return `  ${kind.padEnd(14)} RSS ${of("rssKb").toFixed(1)} kB, heap ${of("heapKb").toFixed(1)} kB, ${cores}, ${of("lost")} lost`;
}

const bare: Measured[] = [];
const ours: Measured[] = [];
for (let round = 0; round < rounds; round += 1) {
  const [floor, own] = await Promise.all([measure("bare-socketio"), measure("holdfast")]);
  bare.push(floor);
  ours.push(own);
}
const ratio = (name: "rssKb" | "heapKb"): number =>
  median(ours.map((own, index) => own[name] / (bare[index]?.[name] ?? Number.NaN)));
const cores = median(ours.map((own) => own.cores));
const lost = ours.reduce((sum, own) => sum + own.lost, 0);
const isMet = ratio("rssKb") <= MEMORY_REACH && cores < CPU_REACH && lost === 0;
console.log(
  `${connections} idle connections each, ${rounds} rounds side by side, Node ${process.version}, after collecting garbage`,
);
console.log(shown("bare socket.io", bare));
console.log(shown("holdfast", ours));
console.log(
  `  RSS ${ratio("rssKb").toFixed(2)}x, heap ${ratio("heapKb").toFixed(2)}x, at most ${MEMORY_REACH}x;`,
  `CPU under ${CPU_REACH * 100} %; ${isMet ? "met" : "MISSED"}`,
);
console.log(
  `load average ${loadavg()
    .map((load) => load.toFixed(1))
    .join(" ")}`,
);
