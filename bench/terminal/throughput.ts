import { startActor } from "../actor.ts";
import { figure, median, type Reach, report, spread } from "../report.ts";
import { watchBare, watchWithHoldfast } from "./clients.ts";
import { createScreen, createSink } from "./screens.ts";
import { startServer } from "./server-process.ts";

/*
 * How fast output gets from an owner through the server to a viewer, in reads of 64 KiB: beside bare socket.io, which
 * keeps nothing and knows no emulator. Owner, server and viewer have a process each.
 */
const MIB = 1_024 * 1_024;
const ROUNDS = Number(process.env["ROUNDS"] ?? 5);
const SIZE = { cols: 120, rows: 40 };

interface Case {
  readonly name: string;
  readonly bytes: number;
  /** The viewer is an emulator and not just a counter. */
  readonly isDrawn: boolean;
}

const cases: readonly Case[] = [
  { name: "1 MiB burst, viewer counts", bytes: MIB, isDrawn: false },
  { name: "1 MiB burst, viewer is xterm.js", bytes: MIB, isDrawn: true },
  { name: "16 MiB, viewer counts", bytes: 16 * MIB, isDrawn: false },
  { name: "16 MiB, viewer is xterm.js", bytes: 16 * MIB, isDrawn: true },
];

/** Printed before the clock starts: what is measured is not the compiler. */
const WARM_BYTES = 4 * MIB;
const READ_BYTES = 64 * 1_024;

async function megabytesPerSecond(kind: "holdfast" | "bare", { bytes, isDrawn }: Case): Promise<number> {
  const server = await startServer(kind);
  const owner = startActor(new URL("./flood-owner.ts", import.meta.url), [kind]);
  await owner.ask("start", kind, server.port, SIZE.cols, SIZE.rows);
  const terminal = isDrawn ? createScreen(SIZE.cols, SIZE.rows) : createSink(() => {});
  const viewer = await (kind === "holdfast" ? watchWithHoldfast : watchBare)(server.port, terminal);
  await owner.ask("print", WARM_BYTES, READ_BYTES);
  await viewer.until(WARM_BYTES);
  const start = performance.now();
  await Promise.all([owner.ask("print", bytes, READ_BYTES), viewer.until(WARM_BYTES + bytes)]);
  const seconds = (performance.now() - start) / 1_000;
  viewer.end();
  owner.end();
  server.end();
  return bytes / 1e6 / seconds;
}

const rows: string[][] = [];
const reaches: Reach[] = [];
for (const one of cases) {
  const speeds = { bare: [] as number[], holdfast: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of round % 2 === 0 ? (["bare", "holdfast"] as const) : (["holdfast", "bare"] as const)) {
      speeds[kind].push(await megabytesPerSecond(kind, one));
    }
  }
  const ratio = median(speeds.holdfast) / median(speeds.bare);
  rows.push([one.name, spread(speeds.bare), spread(speeds.holdfast), `${figure(ratio)}×`]);
  reaches.push({ what: `bare ÷ ours, ${one.name}`, value: 1 / ratio, atMost: 1 / 0.8, unit: "×" });
}
report("terminal-throughput", [
  {
    title: "Owner → server → viewer, 64 KiB reads, MB/s: median (range)",
    columns: ["what", "bare socket.io", "Holdfast", "ours ÷ bare"],
    rows,
    reaches,
  },
]);
process.exit();
