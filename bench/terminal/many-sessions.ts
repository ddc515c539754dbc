import { startActor } from "../actor.ts";
import { figure, report } from "../report.ts";
import { startServer } from "./server-process.ts";

/* Many sessions that print at once, two viewers each: whether one core is enough, and how late its event loop is. */
const SESSIONS = Number(process.env["SESSIONS"] ?? 200);
const VIEWERS = 2;
const BYTES_PER_SECOND = Number(process.env["RATE"] ?? 50_000);
const TICK_MS = 100;
const WARM_MS = 10_000;
const MEASURED_MS = 15_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const clients = new URL("./many-clients.ts", import.meta.url);
const server = await startServer("holdfast", { mirrorLines: 1_000 });
const owners = startActor(clients, ["owners"]);
const viewers = startActor(clients, ["viewers"]);
await owners.ask("own", server.port, SESSIONS, BYTES_PER_SECOND, TICK_MS);
await viewers.ask("watch", server.port, SESSIONS, VIEWERS);
await pause(WARM_MS);
const before = await server.usage();
const from = { ...(await owners.ask<Bytes>("bytes")), ...pick(await viewers.ask<Bytes>("bytes")) };
const startedAt = performance.now();
await pause(MEASURED_MS);
const seconds = (performance.now() - startedAt) / 1_000;
const usage = await server.usage();
const to = { ...(await owners.ask<Bytes>("bytes")), ...pick(await viewers.ask<Bytes>("bytes")) };

interface Bytes {
  readonly seen: number;
  readonly printed: number;
}
function pick({ seen }: Bytes): { readonly seen: number } {
  return { seen };
}

const cores = (usage.cpuMs - before.cpuMs) / 1_000 / seconds;
const printed = (to.printed - from.printed) / seconds / 1e6;
const seen = (to.seen - from.seen) / seconds / 1e6;
report("terminal-many-sessions", [
  {
    title: `${SESSIONS} sessions at ${figure(BYTES_PER_SECOND / 1_000)} KB/s, ${VIEWERS} viewers each`,
    columns: [
      "printed MB/s",
      "seen MB/s",
      "server CPU, cores",
      "event loop late p99 ms",
      "at most ms",
      "RSS MB",
    ],
    rows: [
      [
        figure(printed),
        figure(seen),
        figure(cores),
        figure(usage.lagP99Ms),
        figure(usage.lagMaxMs),
        figure(usage.rssBytes / 1e6),
      ],
    ],
    reaches: [
      { what: "server CPU", value: cores, atMost: 1, unit: " cores" },
      { what: "event loop late, p99", value: usage.lagP99Ms, atMost: 50, unit: " ms" },
      {
        what: "asked for ÷ printed",
        value: (SESSIONS * BYTES_PER_SECOND) / 1e6 / printed,
        atMost: 1.05,
        unit: "×",
      },
    ],
  },
]);
for (const one of [owners, viewers, server]) one.end();
process.exit();
