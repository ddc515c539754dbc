import { figure, median, type Reach, report, spread, type Table } from "../report.ts";
import { type Arena, contestants, type Measured, openArena } from "./arena.ts";
import type { ContestantName } from "./contestant.ts";

/*
 * What a client pays to come back after it missed something: bytes, time, processor time, round trips. Every
 * contestant has a server and a client process of its own and a counting relay between; they take turns, and after
 * each turn the client must hold the last value of every task that was edited.
 */

const SIZES = [100, 1_000, 10_000, 50_000];
const MISSED = [10, 1_000];
const ROUNDS = 9;
/** Rounds that only warm the compiler up. */
const WARM = 3;
const ROUND_TRIP_MS = 100;
const HISTORY = 20_000;

type Cell = readonly Measured[];
type Cells = Map<ContestantName, Map<number, Cell>>;

const names = contestants();

async function takeTurns(
  arenas: readonly Arena[],
  missed: readonly number[],
  rounds: number,
): Promise<Cells> {
  const cells: Cells = new Map(
    arenas.map(({ name }) => [name, new Map(missed.map((count): [number, Measured[]] => [count, []]))]),
  );
  for (let round = 0; round < WARM + rounds; round++) {
    for (const count of missed) {
      for (const arena of arenas) {
        const measured = await arena.reconnect(count);
        if (round < WARM) continue;
        const cell = cells.get(arena.name);
        cell?.set(count, [...(cell.get(count) ?? []), measured]);
      }
    }
  }
  return cells;
}

async function withArenas<T>(
  which: readonly ContestantName[],
  size: number,
  roundTripMs: number,
  run: (arenas: readonly Arena[]) => Promise<T>,
): Promise<T> {
  const arenas: Arena[] = [];
  try {
    for (const name of which) arenas.push(await openArena(name, size, roundTripMs));
    return await run(arenas);
  } finally {
    for (const arena of arenas) arena.end();
  }
}

const of = (cells: Cells | undefined, name: ContestantName, missed: number, what: keyof Measured): number[] =>
  (cells?.get(name)?.get(missed) ?? []).map((measured) => Number(measured[what]));

function table(
  title: string,
  unit: string,
  missed: number,
  results: ReadonlyMap<number, Cells>,
  cell: (cells: Cells | undefined, name: ContestantName) => string,
  reaches: readonly Reach[],
): Table {
  return {
    title: `${title} after ${figure(missed)} missed updates, ${unit}`,
    columns: ["", ...SIZES.map((size) => `${figure(size)} tasks`)],
    rows: names.map((name) => [name, ...SIZES.map((size) => cell(results.get(size), name))]),
    reaches,
  };
}

function bytes(missed: number, results: ReadonlyMap<number, Cells>): Table {
  const mine = SIZES.map((size) => median(of(results.get(size), "holdfast", missed, "bytes")));
  const reaches: Reach[] =
    missed === 10
      ? [
          { what: "bytes at every size", value: Math.max(...mine), atMost: 1_600, unit: " B" },
          {
            what: "largest of smallest",
            value: Math.max(...mine) / Math.min(...mine),
            atMost: 1.05,
            unit: "×",
          },
        ]
      : [{ what: "bytes over 100 tasks", value: mine[0] ?? Number.NaN, atMost: 12_000, unit: " B" }];
  const cell = (cells: Cells | undefined, name: ContestantName): string =>
    figure(median(of(cells, name, missed, "bytes")));
  return table("Bytes received", "bytes", missed, results, cell, reaches);
}

function cost(what: "elapsedMs" | "cpuMs", missed: number, results: ReadonlyMap<number, Cells>): Table {
  const title = what === "cpuMs" ? "Client processor time" : "Time";
  const reaches = SIZES.flatMap((size): Reach[] => {
    const ours = median(of(results.get(size), "holdfast", missed, what));
    const others = names.filter((name) => name !== "floor" && name !== "holdfast");
    const best = others
      .map((name) => ({ name, value: median(of(results.get(size), name, missed, what)) }))
      .sort((a, b) => a.value - b.value)[0];
    const floor = median(of(results.get(size), "floor", missed, what));
    return [
      { what: `${figure(size)} tasks, of the floor`, value: ours / floor, atMost: 3, unit: "×" },
      ...(best === undefined
        ? []
        : [
            {
              what: `${figure(size)} tasks, of the best peer (${best.name})`,
              value: ours / best.value,
              atMost: 1,
              unit: "×",
            },
          ]),
    ];
  });
  const cell = (cells: Cells | undefined, name: ContestantName): string =>
    spread(of(cells, name, missed, what));
  return table(`${title} until consistent`, "ms", missed, results, cell, reaches);
}

async function roundTrips(): Promise<Table> {
  const cells = await withArenas(names, 1_000, ROUND_TRIP_MS, (arenas) => takeTurns(arenas, [10], 5));
  const trips = (name: ContestantName): number[] =>
    of(cells, name, 10, "fromFirstPacketMs").map((ms) => ms / ROUND_TRIP_MS);
  return {
    title: `Round trips of ${ROUND_TRIP_MS} ms from the first packet until consistent, 1,000 tasks, 10 missed`,
    columns: ["", "round trips"],
    rows: names.map((name) => [name, spread(trips(name))]),
    reaches: [{ what: "round trips", value: median(trips("holdfast")), atMost: 2.2, unit: "" }],
  };
}

/** Bytes with and without a history of edits that everybody has seen. */
async function aged(young: Cells | undefined): Promise<Table> {
  // The others send everything (bare socket.io, Colyseus) or just the operations missed (ShareDB): no history matters.
  const which = names.filter((name) => ["floor", "holdfast", "hocuspocus"].includes(name));
  const cells = await withArenas(which, 10_000, 0, async (arenas) => {
    for (const arena of arenas) await arena.age(HISTORY);
    return takeTurns(arenas, [10], 3);
  });
  const before = (name: ContestantName): number => median(of(young, name, 10, "bytes"));
  const after = (name: ContestantName): number => median(of(cells, name, 10, "bytes"));
  return {
    title: `Bytes received after 10 missed updates, 10,000 tasks, by the project's history`,
    columns: ["", "young", `${figure(HISTORY)} edits old`],
    rows: which.map((name) => [name, figure(before(name)), figure(after(name))]),
    reaches: [
      { what: "old of young", value: after("holdfast") / before("holdfast"), atMost: 1.05, unit: "×" },
    ],
  };
}

const results = new Map<number, Cells>();
for (const size of SIZES) {
  results.set(size, await withArenas(names, size, 0, (arenas) => takeTurns(arenas, MISSED, ROUNDS)));
  console.error(`${figure(size)} tasks: done`);
}
const tables = MISSED.flatMap((missed) => [
  bytes(missed, results),
  cost("elapsedMs", missed, results),
  cost("cpuMs", missed, results),
]);
report("reconnect", [...tables, await roundTrips(), await aged(results.get(10_000))]);
