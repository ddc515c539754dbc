import { loadavg } from "node:os";
import { CONTESTANTS, type ContestantName, enter, type Measured, type Source } from "./fan-out-contestant.ts";
import { median } from "./numbers.ts";

/*
 * What one update costs the server for each client that gets it, against a bare socket.io room emit of the same
 * payload: all servers are up at once and take turns. `node bench/server/fan-out.ts [clients] [rounds] [seconds]
 * [updates/s]`, 0 for all; a full run takes six minutes, `100 3 2` one and a half.
 */
interface Scene {
  readonly clients: number;
  readonly batch: boolean;
  readonly rows: readonly Row[];
}

interface Row {
  readonly perSecond: number;
  readonly from: Source;
  /** The most that server CPU may be of bare socket.io's. */
  readonly reach: number;
}

const SCENES: readonly Scene[] = [
  {
    ...{ clients: 100, batch: false },
    rows: [
      { perSecond: 20, from: "the server", reach: 1.1 },
      { perSecond: 20, from: "a client", reach: 1.1 },
    ],
  },
  {
    ...{ clients: 100, batch: true },
    rows: [
      { perSecond: 100, from: "the server", reach: 0.55 },
      { perSecond: 400, from: "the server", reach: 0.35 },
      { perSecond: 100, from: "a client", reach: 0.55 },
      { perSecond: 400, from: "a client", reach: 0.35 },
    ],
  },
  { clients: 1_000, batch: false, rows: [{ perSecond: 20, from: "the server", reach: 1.1 }] },
  {
    ...{ clients: 1_000, batch: true },
    rows: [
      // Bare socket.io has no core left for more.
      { perSecond: 60, from: "the server", reach: 1.1 },
      { perSecond: 60, from: "a client", reach: 1.1 },
    ],
  },
];
/** Of `batch`, above the p99 of bare socket.io. */
const LATENCY_REACH_MS = 20;
const NAMES = Object.keys(CONTESTANTS) as readonly ContestantName[];

const [onlyClients = 0, rounds = 4, seconds = 3, onlyPerSecond = 0] = process.argv.slice(2).map(Number);

async function play({ clients, batch, rows }: Scene): Promise<void> {
  const wanted = rows.filter(({ perSecond }) => onlyPerSecond === 0 || perSecond === onlyPerSecond);
  if (wanted.length === 0 || (onlyClients !== 0 && clients !== onlyClients)) return;
  const contestants = new Map(
    await Promise.all(NAMES.map(async (name) => [name, await enter(name, batch, clients)] as const)),
  );
  try {
    for (const row of wanted) {
      const turns: Record<ContestantName, Measured>[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const turn: Partial<Record<ContestantName, Measured>> = {};
        for (const [name, contestant] of contestants) {
          turn[name] = await contestant.turn(row.from, row.perSecond, seconds);
        }
        // All of them had their turn.
        turns.push(turn as Record<ContestantName, Measured>);
      }
      tell(clients, batch, row, turns);
    }
  } finally {
    await Promise.all([...contestants.values()].map((contestant) => contestant.leave()));
  }
}

function tell(
  clients: number,
  batch: boolean,
  { perSecond, from, reach }: Row,
  turns: readonly Record<ContestantName, Measured>[],
): void {
  console.log(`${clients} clients, ${perSecond} updates/s${batch ? ", batch" : ""}, from ${from}`);
  for (const name of NAMES) {
    const own = turns.map((turn) => turn[name]);
    console.log(`  ${name.padEnd(16)}${shown(own)}`);
    if (name === "bare socket.io") continue;
    const ratios = turns.map(
      (turn) => turn[name].microsPerDelivery / turn["bare socket.io"].microsPerDelivery,
    );
    const late = median(turns.map((turn) => turn[name].p99 - turn["bare socket.io"].p99));
    const isMet = median(ratios) <= reach && (!batch || late <= LATENCY_REACH_MS);
    console.log(
      `${" ".repeat(18)}ratio ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}),`,
      `at most ${reach}; p99 ${late.toFixed(1)} ms above: ${isMet ? "met" : "MISSED"}`,
    );
  }
}

function shown(values: readonly Measured[]): string {
  const of = (name: keyof Measured): number => median(values.map((value) => value[name]));
  const micros = values.map(({ microsPerDelivery }) => microsPerDelivery);
  return [
    `${of("microsPerDelivery").toFixed(2).padStart(6)} us`,
    `(${Math.min(...micros).toFixed(1)}-${Math.max(...micros).toFixed(1)})`,
    `${(of("systemShare") * 100).toFixed(0)} % kernel, ${of("cores").toFixed(2)} cores, ${of("bytesPerDelivery").toFixed(0)} B,`,
    `${of("framesPerUpdate").toFixed(2)} frames, p50 ${of("p50").toFixed(1)} ms, p99 ${of("p99").toFixed(1)} ms`,
  ].join(" ");
}

console.log(
  `Server CPU for each delivered update, ${rounds} rounds of ${seconds} s in turns, Node ${process.version}`,
);
for (const scene of SCENES) await play(scene);
console.log(
  `load average ${loadavg()
    .map((load) => load.toFixed(1))
    .join(" ")}`,
);
