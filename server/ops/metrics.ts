import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Meter, MeterCounter, MeterTimer } from "../core/ports/meter.ts";

export interface Metrics extends Meter {
  readonly contentType: string;
  /** The page that Prometheus reads. */
  text(): Promise<string>;
}

/** What is read when Prometheus asks, not counted as it happens. */
export interface Gauges {
  readonly connections: () => number;
  readonly peers: () => Readonly<Record<string, number>>;
  readonly terminals: () => number;
}

/** Label names a counter may have; anything else is dropped, so that nothing a client chose becomes a label. */
const COUNTERS: Readonly<Record<MeterCounter, { help: string; labels: readonly string[] }>> = {
  events_received: { help: "Client events taken in, by event", labels: ["event"] },
  events_unknown: { help: "Client events nobody knows, by namespace", labels: ["namespace"] },
  fields_unknown: { help: "Fields of client events nobody knows, by event", labels: ["event"] },
  events_refused: { help: "Client events refused, by code", labels: ["code"] },
  events_delivered: { help: "Domain events handed to sockets", labels: [] },
  frames_sent: { help: "Frames encoded for the network", labels: [] },
  syncs: { help: "State syncs answered, by mode", labels: ["mode"] },
  mutations: { help: "Mutations decided, by outcome", labels: ["outcome", "op"] },
  connections_rejected: {
    help: "Connections rejected, by namespace and code",
    labels: ["namespace", "code"],
  },
  slow_disconnects: { help: "Sockets closed for not reading", labels: ["namespace"] },
  send_errors: { help: "Sends that failed", labels: ["namespace"] },
};

const TIMERS: Readonly<Record<MeterTimer, { help: string; labels: readonly string[] }>> = {
  ack: { help: "From a client event to its ack, in seconds", labels: ["event"] },
};

/** From 1 ms, a good ack over LMDB, to 5 s, where clients give up. */
const ACK_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** prom-client behind the core's meter, in a registry of this server's own. No label names a user or a project. */
export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counters = new Map(
    Object.entries(COUNTERS).map(([name, { help, labels }]) => [
      name,
      new Counter({ name: `holdfast_${name}_total`, help, labelNames: [...labels], registers }),
    ]),
  );
  const timers = new Map(
    Object.entries(TIMERS).map(([name, { help, labels }]) => [
      name,
      new Histogram({
        name: `holdfast_${name}_seconds`,
        help,
        labelNames: [...labels],
        buckets: ACK_SECONDS,
        registers,
      }),
    ]),
  );
  new Gauge({
    name: "holdfast_connections",
    help: "Open connections",
    registers,
    collect() {
      this.set(gauges.connections());
    },
  });
  new Gauge({
    name: "holdfast_sockets",
    help: "Attached sockets, by namespace",
    labelNames: ["namespace"],
    registers,
    collect() {
      for (const [namespace, count] of Object.entries(gauges.peers())) this.set({ namespace }, count);
    },
  });
  new Gauge({
    name: "holdfast_terminals",
    help: "Live terminals",
    registers,
    collect() {
      this.set(gauges.terminals());
    },
  });

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    count(name, labels = {}, by = 1) {
      counters.get(name)?.inc(pick(labels, COUNTERS[name].labels), by);
    },
    time(name, ms, labels = {}) {
      timers.get(name)?.observe(pick(labels, TIMERS[name].labels), ms / 1_000);
    },
  };
}

function pick(labels: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])),
  );
}
