import { act } from "../actor.ts";
import { type OwnerEnd, ownBare, ownWithHoldfast } from "./clients.ts";
import { coloured } from "./screens.ts";

/** When the stream got so far, by the clock that all processes of a machine share. */
export interface Printed {
  readonly offset: number;
  readonly atMs: number;
}

/* An owner whose program prints what it is told to, in a process of its own. */
let owner: OwnerEnd | undefined;
let offset = 0;
const nextTask = () => new Promise(setImmediate);

act({
  usage: () => process.cpuUsage(),
  async start(kind: "holdfast" | "bare", port: number, cols: number, rows: number) {
    const wishes = { port, sessionId: "s1", cols, rows };
    owner = await (kind === "holdfast" ? ownWithHoldfast(wishes) : ownBare(wishes));
  },
  /** As fast as it is taken. */
  async print(bytes: number, readBytes: number) {
    for (const chunk of coloured(bytes, readBytes)) {
      await owner?.print(chunk);
      // As reads of a PTY come: each in a task of its own.
      await nextTask();
    }
  },
  /** At a rate, unless the server says to wait. Returns when each read was printed, and for how long it had to wait. */
  async pour(bytes: number, readBytes: number, bytesPerSecond: number) {
    const printed: Printed[] = [];
    const startedAt = performance.now();
    let waitedMs = 0;
    let sent = 0;
    for (const chunk of coloured(bytes, readBytes)) {
      const dueMs = startedAt + (sent / bytesPerSecond) * 1_000 + waitedMs - performance.now();
      if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
      else await nextTask();
      sent += chunk.length;
      offset += chunk.length;
      printed.push({ offset, atMs: performance.timeOrigin + performance.now() });
      const wait = owner?.print(chunk);
      if (wait === undefined) continue;
      const from = performance.now();
      await wait;
      waitedMs += performance.now() - from;
    }
    return { printed, waitedMs };
  },
});
