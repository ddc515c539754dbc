import { INTERNALS } from "../../sdk/connection/internals.ts";
import { figure, report } from "../report.ts";
import { openClient, ownWithHoldfast } from "./clients.ts";
import { coloured } from "./screens.ts";
import { startServer } from "./server-process.ts";

/*
 * What a session costs the server: hot, with its ring full and its emulator awake, and hibernated. 1,000 lines of
 * history and 120×40, after 2 MB of coloured output each.
 */
const SESSIONS = Number(process.env["SESSIONS"] ?? 20);
const OUTPUT_BYTES = 2_000_000;
const SIZE = { cols: 120, rows: 40 };
/** Longer than all of them take to open. */
const HIBERNATE_MS = 30_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const chunks = [...coloured(OUTPUT_BYTES, 16_384)];
const server = await startServer("holdfast-in-one-thread", { mirrorLines: 1_000, hibernateMs: HIBERNATE_MS });
const client = openClient(server.port, "/cli", "owner");
const link = client[INTERNALS].link("/terminal");

async function openSession(sessionId: string): Promise<void> {
  const owner = await ownWithHoldfast({ port: server.port, sessionId, ...SIZE }, client);
  for (const chunk of chunks) {
    const wait = owner.print(chunk);
    if (wait !== undefined) await wait;
    await new Promise(setImmediate);
  }
  // Its answer comes when the emulator has parsed everything.
  let offset = 0;
  while (offset < OUTPUT_BYTES) {
    ({ offset } = await link.request("terminal:watch", {
      sessionId,
      encoding: "binary",
      priority: "live",
      history: 0,
    }));
    link.send("terminal:unwatch", { sessionId });
  }
}

// The first ones pay for what all share.
for (let n = 0; n < 3; n += 1) await openSession(`warm-${n}`);
const before = await server.usage(true);
for (let n = 0; n < SESSIONS; n += 1) await openSession(`s${n}`);
const hot = await server.usage(true);
await pause(HIBERNATE_MS + 10_000);
const asleep = await server.usage(true);

const each = (bytes: number): number => bytes / SESSIONS / 1e6;
// Those that warmed up sleep by then, too: their share is taken out of what was there before.
const warmShare = (hot.heldBytes - before.heldBytes) / SESSIONS;
const rest = before.heldBytes - 3 * warmShare;
const asleepEach = (asleep.heldBytes - rest) / (SESSIONS + 3) / 1e6;
report("terminal-memory", [
  {
    title: `What one of ${SESSIONS} sessions costs the server, MB`,
    columns: ["", "heap and buffers", "RSS"],
    rows: [
      ["hot", figure(each(hot.heldBytes - before.heldBytes)), figure(each(hot.rssBytes - before.rssBytes))],
      ["hibernated", figure(asleepEach), "– (RSS is given back late)"],
    ],
    reaches: [
      { what: "hot", value: each(hot.heldBytes - before.heldBytes), atMost: 3, unit: " MB" },
      { what: "hibernated", value: asleepEach, atMost: 0.2, unit: " MB" },
    ],
  },
]);
server.end();
process.exit();
