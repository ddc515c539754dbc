import { parentPort, workerData } from "node:worker_threads";
import { type MirrorReport, SHARED } from "./messages.ts";
import { createMirrorHost } from "./mirror-host.ts";

// What a thread of mirrors is started with (mirror-thread.ts).
const shared = new Int32Array((workerData as { readonly shared: SharedArrayBuffer }).shared);
const report = (message: MirrorReport): void => parentPort?.postMessage(message);

const take = createMirrorHost(report, (mirror) => {
  Atomics.store(shared, SHARED.working, mirror);
  Atomics.add(shared, SHARED.beats, 1);
});
parentPort?.on("message", take);
report({ kind: "ready" });
