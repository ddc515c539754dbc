import { setTimeout } from "node:timers/promises";
import { startRedis } from "../../test/setup/redis-server.ts";
import { startActor } from "../actor.ts";
import { figure, median, type Reach, report, spread } from "../report.ts";
import { watchBare, watchWithHoldfast } from "../terminal/clients.ts";
import { createSink } from "../terminal/screens.ts";

/*
 * How fast output gets from an owner on server A over Redis to a viewer on server B, in reads of 64 KiB: beside
 * socket.io's sharded Redis adapter, which keeps nothing. Owner, both servers, Redis and the viewer have a process each.
 */
const MIB = 1_024 * 1_024;
const ROUNDS = Number(process.env["ROUNDS"] ?? 3);
const WARM_BYTES = 2 * MIB;
const BYTES = 16 * MIB;
const READ_BYTES = 64 * 1_024;
const SETTLE_MS = 500;

type Kind = "holdfast" | "bare";

const SCRIPTS: Readonly<Record<Kind, URL>> = {
  holdfast: new URL("./terminal-node.ts", import.meta.url),
  bare: new URL("../peers/sharded-terminal.mjs", import.meta.url),
};

async function megabytesPerSecond(kind: Kind): Promise<number> {
  const redis = await startRedis();
  const nodes = [1, 2].map(() => startActor(SCRIPTS[kind], []));
  const [a = 0, b = 0] = await Promise.all(nodes.map((node) => node.ask<number>("start", redis.url)));
  const owner = startActor(new URL("../terminal/flood-owner.ts", import.meta.url), [kind]);
  await owner.ask("start", kind, a, 120, 40);
  const viewer = await (kind === "holdfast" ? watchWithHoldfast : watchBare)(
    b,
    createSink(() => {}),
  );
  await setTimeout(SETTLE_MS);
  await owner.ask("print", WARM_BYTES, READ_BYTES);
  await viewer.until(WARM_BYTES);
  const start = performance.now();
  await Promise.all([owner.ask("print", BYTES, READ_BYTES), viewer.until(WARM_BYTES + BYTES)]);
  const seconds = (performance.now() - start) / 1_000;
  viewer.end();
  for (const actor of [owner, ...nodes]) actor.end();
  await redis.stop();
  return BYTES / 1e6 / seconds;
}

const speeds = { bare: [] as number[], holdfast: [] as number[] };
for (let round = 0; round < ROUNDS; round += 1) {
  for (const kind of round % 2 === 0 ? (["bare", "holdfast"] as const) : (["holdfast", "bare"] as const))
    speeds[kind].push(await megabytesPerSecond(kind));
}
const ratio = median(speeds.holdfast) / median(speeds.bare);
const reaches: Reach[] = [{ what: "sharded adapter ÷ ours", value: 1 / ratio, atMost: 1, unit: "×" }];
report("cluster-terminal", [
  {
    title: "Owner → server A → Redis → server B → viewer, 16 MiB in 64 KiB reads, MB/s: median (range)",
    columns: ["what", "socket.io, sharded adapter", "Holdfast", "ours ÷ adapter"],
    rows: [["viewer counts", spread(speeds.bare), spread(speeds.holdfast), `${figure(ratio)}×`]],
    reaches,
  },
]);
process.exit();
