import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, connect as dial } from "node:net";
import { dumpState } from "../../test/emulator/state-dump.ts";
import { createTerminal, differences } from "../../test/emulator/terminals.ts";
import { startActor } from "../actor.ts";
import { figure, report } from "../report.ts";
import { percentile } from "../server/numbers.ts";
import { watchWithHoldfast } from "./clients.ts";
import type { Printed } from "./flood-owner.ts";
import { coloured, createScreen } from "./screens.ts";
import { startServer } from "./server-process.ts";

/*
 * A program prints 8 MB at 2 MB/s, as `ls --color` does: one viewer is fast, one has 50 KB/s, one takes nothing. All
 * are the SDK with a real emulator; the slow ones are behind TCP relays, kernel buffers included.
 */
const BYTES = 8_000_000;
const WARM_BYTES = 12_000_000;
const BYTES_PER_SECOND = 2_000_000;
const READ_BYTES = 16_384;
const SLOW_BYTES_PER_SECOND = 50_000;
const SIZE = { cols: 120, rows: 40 };
const HISTORY = 1_000;
const TICK_MS = 20;
const SAMPLE_MS = 100;
/** A slow viewer gets its history once the output has stopped: about 100 KB. */
const SETTLE_MS = 10_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const nowMs = (): number => performance.timeOrigin + performance.now();

/** A relay whose way down to the client takes so many bytes a second; 0: none from `stall` on. */
async function startSlowRelay(targetPort: number, bytesPerSecond: number) {
  let isStalled = false;
  let passed = 0;
  const timers = new Set<NodeJS.Timeout>();
  const listener = createServer((client) => {
    const server = dial(targetPort, "127.0.0.1");
    client.pipe(server);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", () => {});
    }
    server.pause();
    let tokens = 0;
    const timer = setInterval(() => {
      if (isStalled) return;
      // No savings: a line that was idle is not faster afterwards.
      tokens = Math.min(tokens, 0) + (bytesPerSecond * TICK_MS) / 1_000;
      while (tokens > 0) {
        const chunk: Buffer | null = server.read(Math.min(server.readableLength, Math.ceil(tokens))) ?? null;
        if (chunk === null) break;
        tokens -= chunk.length;
        passed += chunk.length;
        client.write(chunk);
      }
    }, TICK_MS);
    timers.add(timer);
    server.on("readable", () => {});
    server.on("close", () => clearInterval(timer));
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    // It listens on a port.
    port: (listener.address() as AddressInfo).port,
    get passed() {
      return passed;
    },
    stall(value: boolean) {
      isStalled = value;
    },
  };
}

const server = await startServer("holdfast", { mirrorLines: HISTORY });
const owner = startActor(new URL("./flood-owner.ts", import.meta.url), ["owner"]);
await owner.ask("start", "holdfast", server.port, SIZE.cols, SIZE.rows);
const slowRelay = await startSlowRelay(server.port, SLOW_BYTES_PER_SECOND);
const deadRelay = await startSlowRelay(server.port, 10_000_000);

async function watch(port: number) {
  const terminal = createScreen(SIZE.cols, SIZE.rows, HISTORY);
  const viewer = await watchWithHoldfast(port, terminal);
  const seen: Printed[] = [];
  viewer.attachment.subscribe(() => {
    const { offset } = viewer.attachment.getSnapshot();
    if (offset > (seen.at(-1)?.offset ?? 0)) seen.push({ offset, atMs: nowMs() });
  });
  return { terminal, seen, ...viewer };
}

const fast = await watch(server.port);
/** The most the server's process holds until `over` resolves. */
async function peakRss(over: Promise<unknown>): Promise<number> {
  let peak = 0;
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  over.then(end, end);
  while (!isOver) {
    peak = Math.max(peak, (await server.usage()).rssBytes);
    await pause(SAMPLE_MS);
  }
  return peak;
}

// The same with the fast viewer alone: what the compiler and the collector take is there before the others come.
const rssAlone = await peakRss(
  owner.ask("pour", WARM_BYTES, READ_BYTES, BYTES_PER_SECOND).then(() => fast.until(WARM_BYTES)),
);
const slow = await watch(slowRelay.port);
const dead = await watch(deadRelay.port);
deadRelay.stall(true);
await pause(1_000);

const slowBefore = slowRelay.passed;
const pouring = owner.ask<{ printed: readonly Printed[]; waitedMs: number }>(
  "pour",
  BYTES,
  READ_BYTES,
  BYTES_PER_SECOND,
);
const rssTogether = await peakRss(pouring);
const { printed, waitedMs } = await pouring;
const endedAt = nowMs();
await slow.until(WARM_BYTES + BYTES);
const slowDoneMs = nowMs() - endedAt;
deadRelay.stall(false);
await Promise.all([fast.until(WARM_BYTES + BYTES), dead.until(WARM_BYTES + BYTES)]);

/** How old what a viewer shows is, at each moment at which anything was printed. */
function staleness(seen: readonly Printed[]): number[] {
  let at = 0;
  let next = 0;
  return printed.map(({ atMs }) => {
    while (at + 1 < seen.length && (seen[at + 1]?.atMs ?? 0) <= atMs) at += 1;
    const shown = seen[at]?.offset ?? 0;
    while ((printed[next]?.offset ?? Number.POSITIVE_INFINITY) <= shown) next += 1;
    return Math.max(0, atMs - (printed[next]?.atMs ?? atMs));
  });
}

const source = createTerminal(SIZE, HISTORY);
for (const bytes of [WARM_BYTES, BYTES]) {
  for (const chunk of coloured(bytes, READ_BYTES))
    await new Promise<void>((done) => source.write(chunk, done));
}
const unlike = (terminal: typeof source): number =>
  differences(dumpState(terminal, HISTORY), dumpState(source, HISTORY)).length;
const p99 = (seen: readonly Printed[]): number => percentile(staleness(seen), 0.99);
const growth = (rssTogether - rssAlone) / 1e6;
for (const until = nowMs() + SETTLE_MS; unlike(slow.terminal) > 0 && nowMs() < until; )
  await pause(SAMPLE_MS);
const settledMs = nowMs() - endedAt;
const wrong = [fast, slow, dead].map(({ terminal }) => unlike(terminal));
report("terminal-flood", [
  {
    title: `8 MB at 2 MB/s: how old is what each viewer shows; the slow one has all its history ${figure(settledMs / 1_000)} s after the end`,
    columns: ["viewer", "p50 ms", "p99 ms", "worst ms", "sent KB", "screen unlike the source's, places"],
    rows: [
      ["fast", fast, "all"] as const,
      ["50 KB/s", slow, figure((slowRelay.passed - slowBefore) / 1_000)] as const,
    ]
      .map(([name, { seen }, sent], n) => [
        name,
        figure(percentile(staleness(seen), 0.5)),
        figure(p99(seen)),
        figure(Math.max(...staleness(seen))),
        sent,
        String(wrong[n]),
      ])
      .concat([["stalled, and let go at the end", "–", "–", "–", "–", String(wrong[2])]]),
    reaches: [
      { what: "fast, p99", value: p99(fast.seen), atMost: 100, unit: " ms" },
      { what: "50 KB/s, p99 behind", value: p99(slow.seen) / 1_000, atMost: 1.5, unit: " s" },
      { what: "50 KB/s, behind at the end", value: slowDoneMs / 1_000, atMost: 1.5, unit: " s" },
      {
        what: `server RSS, more than the ${figure(rssAlone / 1e6)} MB with the fast viewer alone`,
        value: growth,
        atMost: 5,
        unit: " MB",
      },
      {
        what: "final screens unlike the source's",
        value: wrong.filter((count) => count > 0).length,
        atMost: 0,
        unit: "",
      },
      { what: "the program had to wait", value: waitedMs, atMost: 0, unit: " ms" },
    ],
  },
]);
for (const one of [owner, server]) one.end();
process.exit();
