import { createClient } from "../sdk/client.ts";
import type { Task } from "../sdk/protocol/index.ts";
import { memory } from "../sdk/store/persistence/index.ts";
import { createMemoryNetwork } from "../sdk/testing/memory-transport.ts";
import { createAuthenticator } from "../server/auth/authenticator.ts";
import { createHub } from "../server/core/hub.ts";
import { createMemoryStore } from "../server/store/memory-store.ts";

/**
 * What a client holds after a day: 24 h of simulated time with an event every ten seconds, writes of its own, listeners
 * that come and go, and 1,000 reconnects. Garbage is collected before each reading, so run it with `--expose-gc`:
 *
 *     node --expose-gc bench/heap.ts
 *
 * Server and client share the process; what the server keeps is bounded (acks, removals, notices), and the readings
 * begin when those bounds are reached.
 */

const HOURS = 24;
const RECONNECTS = 1_000;
const EVENT_MS = 10_000;
const TASKS = 500;
/** The first quarter fills what is bounded. */
const WARM = 0.25;
/** What is left to the collector's and compiler's moods. */
const FLAT_BYTES = 1_500_000;

declare const gc: undefined | (() => void | Promise<void>);

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly task: () => void;
}

/** Simulated time; timers in a heap of their own would cost more than they save at this number. */
function createSimulatedClock(start: number) {
  let time = start;
  let order = 0;
  const timers = new Set<Timer>();
  return {
    now: () => time,
    schedule(delayMs: number, task: () => void): () => void {
      const timer = { at: time + Math.max(0, delayMs), order: order++, task };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    get waiting(): number {
      return timers.size;
    },
    advance(ms: number): void {
      const until = time + ms;
      for (;;) {
        let due: Timer | undefined;
        for (const timer of timers) {
          if (timer.at > until) continue;
          if (due === undefined || timer.at < due.at || (timer.at === due.at && timer.order < due.order))
            due = timer;
        }
        if (due === undefined) break;
        timers.delete(due);
        time = due.at;
        due.task();
      }
      time = until;
    },
  };
}

export interface HeapReport {
  /** Bytes in use at each tenth of the measured time. */
  readonly readings: readonly number[];
  /** Last less first. */
  readonly growthBytes: number;
  readonly events: number;
  readonly reconnects: number;
  /** Timers of client and server at the first and the last reading. */
  readonly timers: readonly [number, number];
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function heapUsed(): Promise<number> {
  for (let n = 0; n < 4; n++) {
    await gc?.();
    await turn();
  }
  return process.memoryUsage().heapUsed;
}

/** @param hours of simulated time */
export async function measureHeap(hours = HOURS, reconnects = RECONNECTS): Promise<HeapReport> {
  const clock = createSimulatedClock(1_800_000_000_000);
  const { now } = clock;
  let ids = 0;
  const createId = (): string => `i-${++ids}`;
  const log = { debug() {}, info() {}, warn() {}, error: console.error };
  // Smaller than the protocol's, so that the first quarter fills them.
  const retention = { removalsKept: 100, eventsKept: 100, changesKept: 1_000, mutationsKept: 1_000 };
  const store = createMemoryStore({ now, retention });
  const authenticator = createAuthenticator({ now });
  const hub = createHub({ store, clock, log, createId, random: Math.random, authenticator });
  const network = createMemoryNetwork({ hub: () => hub, clock, createId });
  const common = { url: "http://memory", projectId: "p1", transport: network.connect, clock, createId };
  const client = createClient({ ...common, persistence: memory() });
  const other = createClient(common);
  let events = 0;
  client.on("task:updated", () => {
    events += 1;
  });
  client.tasks.subscribe(() => {});
  const ready = Promise.all([client.connect(), other.connect()]);
  for (let n = 0; n < 50; n++) {
    clock.advance(20);
    await turn();
  }
  await ready;
  for (let n = 0; n < TASKS; n++) other.tasks.create({ id: `t${n}`, title: `task ${n}`, tags: [] });
  const steps = Math.floor((hours * 3_600_000) / EVENT_MS);
  const readings: number[] = [];
  const timers: number[] = [];
  let dropped = 0;
  for (let step = 0; step < steps; step++) {
    const id = `t${step % TASKS}`;
    const writer = step % 5 === 0 ? client : other;
    const isThere = writer.tasks.get(id) !== undefined;
    if (isThere) writer.tasks.update(id, (draft) => void Object.assign(draft, { title: `title ${step}` }));
    if (step % 97 === 0) {
      // Entities and listeners that come and go.
      const passing = other.tasks.create({ title: `passing ${step}` });
      const off = client.tasks.entity(passing.entityId).subscribe(() => {});
      const offWhere = client.tasks.where((task: Task) => task.id === id).subscribe(() => {});
      clock.advance(1_000);
      await turn();
      other.tasks.remove(passing.entityId);
      off();
      offWhere();
    }
    if (dropped < Math.floor((step / steps) * reconnects)) {
      dropped += 1;
      for (const connection of [...network.connections]) connection.cut();
    }
    clock.advance(EVENT_MS);
    await turn();
    const done = step / steps;
    if (done >= WARM + (readings.length * (1 - WARM)) / 10) {
      readings.push(await heapUsed());
      timers.push(clock.waiting);
    }
  }
  readings.push(await heapUsed());
  timers.push(clock.waiting);
  const closing = [client.close(), other.close(), hub.close()];
  for (let n = 0; n < 400; n++) {
    clock.advance(50);
    await turn();
  }
  await Promise.all(closing);
  const [first = 0] = readings;
  return {
    readings,
    growthBytes: (readings.at(-1) ?? 0) - first,
    events,
    reconnects: dropped,
    timers: [timers[0] ?? 0, timers.at(-1) ?? 0],
  };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  if (typeof gc === "undefined") throw new Error("Run it with --expose-gc: node --expose-gc bench/heap.ts");
  const { readings, growthBytes, events, reconnects, timers } = await measureHeap();
  const mib = (bytes: number): string => `${(bytes / 1_048_576).toFixed(2)} MiB`;
  console.log(`${HOURS} h simulated: ${events} events heard, ${reconnects} reconnects`);
  console.log(`heap in use: ${readings.map(mib).join(", ")}`);
  console.log(`growth ${mib(growthBytes)} (flat: at most ${mib(FLAT_BYTES)}); timers ${timers.join(" -> ")}`);
  if (growthBytes > FLAT_BYTES) process.exitCode = 1;
}
