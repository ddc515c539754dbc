import { paced } from "./child.ts";
import { connectRaw, type RawClient } from "./raw-client.ts";
import { changesOf, envelopeOf } from "./update.ts";

/** The clients one process is to be. */
export interface Crowd {
  readonly port: number;
  readonly kind: "bare-socketio" | "holdfast";
  readonly batch: boolean;
  readonly clients: number;
  /** Default `p1`. */
  readonly projectId?: string;
}

/** What a process of clients is told: who to be, how many updates a second to write, when to count. */
export type Told = Crowd | number | "begin" | "end";

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

const clients: RawClient[] = [];
const writers: RawClient[] = [];
let latencies: number[] = [];
let updates = 0;
let written = 0;
let before = { updates: 0, frames: 0, bytes: 0 };
let stopWriting = (): void => undefined;
let write = (): void => undefined;

process.on("message", (told: Told) => {
  if (told === "begin") begin();
  else if (told === "end") process.send?.(seen());
  else if (typeof told === "object") void gather(told);
  else {
    stopWriting();
    stopWriting = paced(told, write);
  }
});

async function gather(crowd: Crowd): Promise<void> {
  const { projectId = "p1" } = crowd;
  const auth = { projectId, protocol: 1, ...(crowd.batch ? { batch: true } : {}) };
  const ready = crowd.kind === "holdfast" ? "connection_status" : "connect";
  for (let made = 0; made < crowd.clients; made += 1) {
    clients.push(await connectRaw(crowd.port, { ...auth, clientId: `r${process.pid}-${made}` }, ready));
  }
  for (const [index, client] of clients.slice(0, READERS).entries()) {
    client.onEvent = (text) => {
      const now = performance.timeOrigin + performance.now();
      for (const [, sentAt] of text.matchAll(/"sentAt":([\d.]+)/g)) {
        latencies.push(now - Number(sentAt));
        if (index === 0) updates += 1;
      }
    };
  }
  for (let made = 0; made < WRITERS; made += 1) {
    // Writers join no project: they would be measured too.
    writers.push(await connectRaw(crowd.port, { protocol: 1, clientId: `w${process.pid}-${made}` }, ready));
  }
  write = () => writeNext(crowd);
  process.send?.("ready");
}

/** Changes three fields of one task. */
function writeNext({ kind }: Crowd): void {
  written += 1;
  const at = written % writers.length;
  const writer = writers[at];
  const mutationId = `w${at}:${written}`;
  if (kind === "bare-socketio") {
    writer?.send("update", envelopeOf(written, mutationId), written);
    return;
  }
  const patches = Object.entries(changesOf(written)).map(([name, value]) => ({
    ...{ op: "add", path: [name], value },
  }));
  const change = { op: "update", collection: "tasks", id: "t1", patches };
  writer?.send("mutate", { mutationId, projectId: "p1", ...change }, written);
}

function begin(): void {
  before = counted();
  latencies = [];
}

function seen(): Seen {
  const after = counted();
  return {
    updates: after.updates - before.updates,
    frames: after.frames - before.frames,
    bytes: after.bytes - before.bytes,
    latenciesMs: latencies,
  };
}

function counted(): typeof before {
  const total = (count: (client: RawClient) => number): number =>
    clients.reduce((sum, client) => sum + count(client), 0);
  return { updates, frames: total(({ frames }) => frames), bytes: total(({ bytes }) => bytes) };
}
