import { Gauge, Registry } from "prom-client";
import type { Meter } from "../core/ports/meter.ts";
import { COUNTERS, GAUGES, type GaugeName, TIMERS } from "./metric-names.ts";
import { createStopwatch } from "./stopwatch.ts";
import { createTally } from "./tally.ts";

export interface Metrics extends Meter {
  readonly contentType: string;
  /** The page that Prometheus reads. */
  text(): Promise<string>;
}

/** How each gauge is read: one number, or one for each value of its label. */
export type Gauges = {
  readonly [K in GaugeName]: () => (typeof GAUGES)[K]["labels"] extends readonly []
    ? number
    : Readonly<Record<string, number>>;
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
      createTally(name, help, labels, registers),
    ]),
  );
  const timers = new Map(
    Object.entries(TIMERS).map(([name, { help, labels }]) => [
      name,
      createStopwatch(name, help, labels, ACK_SECONDS, registers),
    ]),
  );
  for (const [name, { help, labels }] of Object.entries(GAUGES)) {
    // The keys of a literal are its names.
    const read = gauges[name as GaugeName];
    new Gauge({
      name: `holdfast_${name}`,
      help,
      labelNames: [...labels],
      registers,
      collect() {
        const value = read();
        this.reset();
        if (typeof value === "number") this.set(value);
        else for (const [label, each] of Object.entries(value)) this.set({ [labels[0] ?? ""]: label }, each);
      },
    });
  }

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    count(name, labels = {}, by = 1) {
      counters.get(name)?.(labels, by);
    },
    time(name, ms, labels = {}) {
      timers.get(name)?.(labels, ms);
    },
  };
}
