import { parentPort, workerData } from "node:worker_threads";
import { type MirrorRequest, SHARED } from "../../server/emulator/messages.ts";
import { createMirrorHost } from "../../server/emulator/mirror-host.ts";

/** The thread of mirrors, with an emulator that hangs on some output, as no output is known to make the real one. */
const shared = new Int32Array((workerData as { shared: SharedArrayBuffer }).shared);
const take = createMirrorHost(
  (report) => parentPort?.postMessage(report),
  (mirror) => {
    Atomics.store(shared, SHARED.working, mirror);
    Atomics.add(shared, SHARED.beats, 1);
  },
);
parentPort?.on("message", (request: MirrorRequest) => {
  const text = request.kind === "write" ? Buffer.from(request.bytes).toString() : "";
  if (text.includes("DIE")) process.exit(1);
  if (text.includes("HANG")) {
    Atomics.store(shared, SHARED.working, request.mirror);
    for (;;);
  }
  take(request);
});
parentPort?.postMessage({ kind: "ready" });
