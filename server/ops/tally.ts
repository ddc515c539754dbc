import { Counter, type Registry } from "prom-client";
import { type Labels, labelKey, picked } from "./label-key.ts";

/** Adds to the count of these labels; those it was not declared with are left out. */
export type Tally = (labels: Labels, by: number) => void;

/**
 * A counter that is handed to prom-client when Prometheus asks: several are counted for every event of every client,
 * and prom-client sorts and joins labels each time.
 */
export function createTally(
  name: string,
  help: string,
  names: readonly string[],
  registers: Registry[],
): Tally {
  const counts = new Map<string, { labels: Record<string, string>; value: number }>();
  const keyOf = labelKey(names);
  new Counter({
    name: `holdfast_${name}_total`,
    help,
    labelNames: [...names],
    registers,
    collect() {
      this.reset();
      for (const { labels, value } of counts.values()) this.inc(labels, value);
    },
  });
  return (labels, by) => {
    const key = keyOf(labels);
    const known = counts.get(key);
    if (known !== undefined) known.value += by;
    else counts.set(key, { labels: picked(labels, names), value: by });
  };
}
