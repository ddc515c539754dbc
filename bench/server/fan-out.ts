import { fork, type Serializable } from "node:child_process";
import { loadavg } from "node:os";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { answerOf, type ServerKind, startServer, type Usage } from "./child.ts";
import type { Cell, Seen } from "./fan-out-clients.ts";
import { median, percentile } from "./numbers.ts";

/*
 * What one update costs the server for each client that gets it, against a bare socket.io room emit of the same
 * payload, in turns within one run: `node bench/server/fan-out.ts [clients] [rounds] [seconds] [updates/s]`, 0 for all.
 */
interface Row {
  readonly clients: number;
  readonly perSecond: number;
  readonly batch: boolean;
  /** Who makes the updates: `server.mutate` and `emit` from inside, or a client whose event is also acked. */
  readonly from: "the server" | "a client";
  /** The most that server CPU may be of bare socket.io's. */
  readonly reach: number;
}

const [onlyClients = 0, rounds = 3, seconds = 4, onlyPerSecond = 0] = process.argv.slice(2).map(Number);
const ROWS: readonly Row[] = [
  { clients: 100, perSecond: 20, batch: false, from: "the server", reach: 1.1 },
  { clients: 100, perSecond: 100, batch: true, from: "the server", reach: 0.55 },
  { clients: 100, perSecond: 400, batch: true, from: "the server", reach: 0.35 },
  { clients: 100, perSecond: 20, batch: false, from: "a client", reach: 1.1 },
  { clients: 100, perSecond: 100, batch: true, from: "a client", reach: 0.55 },
  { clients: 100, perSecond: 400, batch: true, from: "a client", reach: 0.35 },
  { clients: 1_000, perSecond: 20, batch: false, from: "the server", reach: 1.1 },
  { clients: 1_000, perSecond: 60, batch: true, from: "the server", reach: 1.1 },
];
/** First alone, for what a change costs, then with all clients, for what it costs to tell them. */
const WARM_UP = { seconds: 3, perSecond: 3_000, deliveriesPerSecond: 40_000 };
/** For what is still under way, and for the path of a client's own writes to become hot. */
const SETTLE_S = 2;
/** More clients in one process would measure that process. */
const PER_PROCESS = 500;
/** Of `batch`, above the p99 of bare socket.io. */
const LATENCY_REACH_MS = 20;

interface Measured {
  readonly microsPerDelivery: number;
  /** Of it, in the kernel. */
  readonly systemShare: number;
  readonly cores: number;
  readonly bytesPerDelivery: number;
  readonly framesPerUpdate: number;
  readonly p50: number;
  readonly p99: number;
}

async function measure(kind: ServerKind, { clients, perSecond, batch, from }: Row): Promise<Measured> {
  const server = await startServer(kind);
  const processes = Array.from({ length: Math.ceil(clients / PER_PROCESS) }, (_, index) => {
    const child = fork(fileURLToPath(new URL("./fan-out-clients.ts", import.meta.url)));
    const share = Math.min(PER_PROCESS, clients - index * PER_PROCESS);
    const writes = from === "a client" && index === 0 ? perSecond : 0;
    const cell: Cell = { port: server.port, kind, batch, clients: share, perSecond: writes };
    return { child, cell };
  });
  const tellAll = (message: Serializable): void => {
    for (const { child } of processes) child.send(message);
  };
  try {
    // Both servers are compiled hot before anything counts.
    server.pace(WARM_UP.perSecond);
    await setTimeout(WARM_UP.seconds * 1_000);
    server.pace(0);
    for (const { child, cell } of processes) {
      const ready = answerOf(child);
      child.send(cell);
      await ready;
    }
    server.pace(WARM_UP.deliveriesPerSecond / clients);
    await setTimeout(WARM_UP.seconds * 1_000);
    // The collector would come for the warm-up's garbage in the time measured.
    await server.usage(true);
    server.pace(from === "the server" ? perSecond : 0);
    await setTimeout(SETTLE_S * 1_000);
    tellAll("begin");
    const before = await server.usage();
    await setTimeout(seconds * 1_000);
    const after = await server.usage();
    const seen = processes.map(({ child }) => answerOf<Seen>(child));
    tellAll("end");
    return numbersOf(before, after, clients, await Promise.all(seen));
  } finally {
    for (const { child } of processes) child.kill("SIGKILL");
    await server.stop();
  }
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

const shown = (kind: string, values: readonly Measured[]): string => {
  const of = (name: keyof Measured): number => median(values.map((value) => value[name]));
  const micros = values.map(({ microsPerDelivery }) => microsPerDelivery);
  return [
    `  ${kind.padEnd(14)}${of("microsPerDelivery").toFixed(2).padStart(7)} us`,
    `(${Math.min(...micros).toFixed(1)}-${Math.max(...micros).toFixed(1)})`,
    `${(of("systemShare") * 100).toFixed(0)} % kernel, ${of("cores").toFixed(2)} cores, ${of("bytesPerDelivery").toFixed(0)} B, ${of("framesPerUpdate").toFixed(2)} frames,`,
    `p50 ${of("p50").toFixed(1)} ms, p99 ${of("p99").toFixed(1)} ms`,
  ].join(" ");
};

console.log(
  `Server CPU for each delivered update, ${rounds} rounds of ${seconds} s in turns, Node ${process.version}`,
);
for (const row of ROWS) {
  if (onlyClients !== 0 && row.clients !== onlyClients) continue;
  if (onlyPerSecond !== 0 && row.perSecond !== onlyPerSecond) continue;
  const bare: Measured[] = [];
  const ours: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await measure("bare-socketio", row));
    ours.push(await measure("holdfast", row));
  }
  const ratios = ours.map(
    (own, index) => own.microsPerDelivery / (bare[index]?.microsPerDelivery ?? Number.NaN),
  );
  const late = median(ours.map(({ p99 }, index) => p99 - (bare[index]?.p99 ?? Number.NaN)));
  const isMet = median(ratios) <= row.reach && (!row.batch || late <= LATENCY_REACH_MS);
  console.log(
    `${row.clients} clients, ${row.perSecond} updates/s${row.batch ? ", batch" : ""}, from ${row.from}`,
  );
  console.log(shown("bare socket.io", bare));
  console.log(shown("holdfast", ours));
  console.log(
    `  ratio ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}),`,
    `at most ${row.reach}; p99 ${late.toFixed(1)} ms above: ${isMet ? "met" : "MISSED"}`,
  );
}
console.log(
  `load average ${loadavg()
    .map((load) => load.toFixed(1))
    .join(" ")}`,
);
