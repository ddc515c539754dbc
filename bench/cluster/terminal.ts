import { setTimeout } from "node:timers/promises";
import { Redis } from "ioredis";
import { startRedis } from "../../test/setup/redis-server.ts";
import { startActor } from "../actor.ts";
import { figure, median, type Reach, report, spread } from "../report.ts";
import { watchBare, watchWithHoldfast } from "../terminal/clients.ts";
import { createSink } from "../terminal/screens.ts";

/*
 * How fast output gets from an owner on server A over Redis to a viewer on server B, in reads of 64 KiB, and what each
 * process spends on it: beside socket.io's sharded Redis adapter, which keeps nothing. Owner, both servers, Redis and the
 * viewer have a process each.
 */
const MIB = 1_024 * 1_024;
const ROUNDS = Number(process.env["ROUNDS"] ?? 3);
const WARM_BYTES = 4 * MIB;
const BYTES = 16 * MIB;
const READ_BYTES = 64 * 1_024;
const SETTLE_MS = 500;

type Kind = "holdfast" | "bare";

const SCRIPTS: Readonly<Record<Kind, URL>> = {
  holdfast: new URL("./terminal-node.ts", import.meta.url),
  bare: new URL("../peers/sharded-terminal.mjs", import.meta.url),
};

interface Measured {
  readonly perSecond: number;
  /** Bytes the viewer was sent, snapshots among them, of those printed. Less than 1: snapshots stood for the others. */
  readonly sent: number;
  /** Processor milliseconds a megabyte: owner, A, B, Redis. */
  readonly spent: readonly number[];
  /** Redis commands a megabyte, those within scripts among them. */
  readonly commands: number;
}

/** One field of what `INFO` says. */
const infoOf = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(text)?.[1] ?? Number.NaN);

async function measure(kind: Kind): Promise<Measured> {
  const redis = await startRedis();
  const control = new Redis(redis.url);
  const nodes = [1, 2].map(() => startActor(SCRIPTS[kind], []));
  const [a = 0, b = 0] = await Promise.all(nodes.map((node) => node.ask<number>("start", redis.url)));
  const owner = startActor(new URL("../terminal/flood-owner.ts", import.meta.url), [kind]);
  const actors = [owner, ...nodes];
  await owner.ask("start", kind, a, 120, 40);
  let seen = 0;
  const viewer = await (kind === "holdfast" ? watchWithHoldfast : watchBare)(
    b,
    createSink((bytes) => {
      seen += bytes.length;
    }),
  );
  const usedMs = async (): Promise<number[]> => {
    const used = await Promise.all(actors.map((actor) => actor.ask<NodeJS.CpuUsage>("usage")));
    const info = await control.info("cpu");
    const ofRedis = 1_000 * (infoOf(info, "used_cpu_user") + infoOf(info, "used_cpu_sys"));
    return [...used.map(({ user, system }) => (user + system) / 1_000), ofRedis];
  };
  await setTimeout(SETTLE_MS);
  await owner.ask("print", WARM_BYTES, READ_BYTES);
  await viewer.until(WARM_BYTES);
  const before = await usedMs();
  await control.config("RESETSTAT");
  seen = 0;
  const start = performance.now();
  await Promise.all([owner.ask("print", BYTES, READ_BYTES), viewer.until(WARM_BYTES + BYTES)]);
  const seconds = (performance.now() - start) / 1_000;
  const counts = await control.info("commandstats");
  const after = await usedMs();
  const commands = [...counts.matchAll(/calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
  viewer.end();
  control.disconnect();
  for (const actor of actors) actor.end();
  await redis.stop();
  const megabytes = BYTES / 1e6;
  return {
    perSecond: megabytes / seconds,
    sent: seen / BYTES,
    spent: after.map((ms, at) => (ms - (before[at] ?? 0)) / megabytes),
    commands: commands / megabytes,
  };
}

const found: Record<Kind, Measured[]> = { bare: [], holdfast: [] };
for (let round = 0; round < ROUNDS; round += 1) {
  for (const kind of round % 2 === 0 ? (["bare", "holdfast"] as const) : (["holdfast", "bare"] as const))
    found[kind].push(await measure(kind));
}
const speeds = (kind: Kind): number[] => found[kind].map(({ perSecond }) => perSecond);
const ratio = median(speeds("holdfast")) / median(speeds("bare"));
const reaches: Reach[] = [{ what: "sharded adapter ÷ ours", value: 1 / ratio, atMost: 1, unit: "×" }];
const row = (name: string, kind: Kind): string[] => [
  name,
  spread(speeds(kind)),
  `${figure(100 * median(found[kind].map(({ sent }) => sent)))} %`,
  ...[0, 1, 2, 3].map((at) => figure(median(found[kind].map(({ spent }) => spent[at] ?? Number.NaN)))),
  figure(median(found[kind].map(({ commands }) => commands))),
];
report("cluster-terminal", [
  {
    title: "Owner → server A → Redis → server B → viewer, 16 MiB in 64 KiB reads: median (range)",
    columns: ["", "MB/s", "sent to the viewer", "owner, ms/MB", "A", "B", "Redis", "Redis commands/MB"],
    rows: [row("socket.io, sharded adapter", "bare"), row("Holdfast", "holdfast")],
    reaches,
  },
]);
process.exit();
