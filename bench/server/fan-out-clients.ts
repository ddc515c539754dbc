import { once } from "node:events";
import { paced } from "./child.ts";
import { connectRaw, type RawClient } from "./raw-client.ts";
import { changesOf, envelopeOf } from "./update.ts";

/** What a process of clients is told to do. */
export interface Cell {
  readonly port: number;
  readonly kind: "bare-socketio" | "holdfast";
  readonly batch: boolean;
  readonly clients: number;
  /** Updates a second that this process writes; 0: it only listens. */
  readonly perSecond: number;
}

/** What it saw in the time measured. */
export interface Seen {
  readonly updates: number;
  readonly frames: number;
  readonly bytes: number;
  /** From the writer's call to the listener, of some of the clients. */
  readonly latenciesMs: readonly number[];
}

/** How many clients read what they get. */
const READERS = 8;
/** One socket may send 100 mutations a second (protocol section 14). */
const WRITERS = 5;

process.once("message", (cell: Cell) => void listen(cell));

async function listen(cell: Cell): Promise<void> {
  const auth = {
    projectId: "p1",
    protocol: 1,
    ...(cell.batch ? { batch: true } : {}),
  };
  const clients: RawClient[] = [];
  const ready = cell.kind === "holdfast" ? "connection_status" : "connect";
  for (let made = 0; made < cell.clients; made += 1) {
    clients.push(await connectRaw(cell.port, { ...auth, clientId: `r${process.pid}-${made}` }, ready));
  }
  const latencies: number[] = [];
  let updates = 0;
  for (const [index, client] of clients.slice(0, READERS).entries()) {
    client.onEvent = (text) => {
      const now = performance.timeOrigin + performance.now();
      for (const [, sentAt] of text.matchAll(/"sentAt":([\d.]+)/g)) {
        latencies.push(now - Number(sentAt));
        if (index === 0) updates += 1;
      }
    };
  }
  const writers: RawClient[] = [];
  for (let made = 0; made < (cell.perSecond === 0 ? 0 : WRITERS); made += 1) {
    // Writers join no project: they would be measured too.
    writers.push(await connectRaw(cell.port, { protocol: 1, clientId: `w${made}` }, ready));
  }
  let written = 0;
  const stop = paced(cell.perSecond, () => {
    written += 1;
    const at = written % writers.length;
    const writer = writers[at];
    if (writer !== undefined) write(writer, `w${at}:${written}`, written, cell);
  });
  const total = (count: (client: RawClient) => number): number =>
    clients.reduce((sum, client) => sum + count(client), 0);
  process.send?.("ready");
  await once(process, "message");
  const before = { updates, frames: total(({ frames }) => frames), bytes: total(({ bytes }) => bytes) };
  latencies.length = 0;
  await once(process, "message");
  process.send?.({
    updates: updates - before.updates,
    frames: total(({ frames }) => frames) - before.frames,
    bytes: total(({ bytes }) => bytes) - before.bytes,
    latenciesMs: latencies,
  } satisfies Seen);
  stop();
}

/** Three fields of one task. */
function write(writer: RawClient, mutationId: string, n: number, { kind }: Cell): void {
  if (kind === "bare-socketio") {
    writer.send("update", envelopeOf(n, mutationId), n);
    return;
  }
  const patches = Object.entries(changesOf(n)).map(([name, value]) => ({ op: "add", path: [name], value }));
  writer.send(
    "mutate",
    { mutationId, projectId: "p1", op: "update", collection: "tasks", id: "t1", patches },
    n,
  );
}
