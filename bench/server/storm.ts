import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { answerOf, startServer } from "./child.ts";
import type { Storm, Weathered } from "./storm-clients.ts";

/*
 * Everybody comes back at once after the server is gone, killed or told to end, and a new one is started over the same
 * LMDB folder: `node bench/server/storm.ts [clients]`. A client is back when its sync is answered.
 */
const [clients = 2_000] = process.argv.slice(2).map(Number);
const REACH_MS = 10_000;

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-storm-"));
  const first = await startServer("holdfast", { STORE: folder });
  const crowd = fork(fileURLToPath(new URL("./storm-clients.ts", import.meta.url)));
  const connected = answerOf(crowd);
  crowd.send({ port: first.port, clients } satisfies Storm);
  await connected;
  const weathered = answerOf<Weathered>(crowd);
  await first.stop(signal);
  const downAt = performance.now();
  const second = await startServer("holdfast", { STORE: folder, PORT: String(first.port) });
  const upAt = performance.now();
  const before = await second.usage();
  const { back, errors, slowestMs } = await weathered;
  const tookMs = performance.now() - upAt;
  const after = await second.usage();
  const cpuMs = after.userMs + after.systemMs - before.userMs - before.systemMs;
  const isMet = back === clients && errors.length === 0 && tookMs < REACH_MS;
  console.log(
    `${signal}: down ${((upAt - downAt) / 1_000).toFixed(1)} s, then ${back} of ${clients} back in ${(tookMs / 1_000).toFixed(1)} s`,
    `(slowest ${(slowestMs / 1_000).toFixed(1)} s after its loss), ${(cpuMs / clients).toFixed(2)} ms of CPU each,`,
    `${errors.length} errors; within ${REACH_MS / 1_000} s: ${isMet ? "met" : "MISSED"}`,
  );
  for (const error of [...new Set(errors)].slice(0, 5)) console.log(`  ${error}`);
  crowd.kill("SIGKILL");
  await second.stop();
  await rm(folder, { recursive: true, force: true });
}
console.log(
  `load average ${loadavg()
    .map((load) => load.toFixed(1))
    .join(" ")}`,
);
