import { Histogram, type Registry } from "prom-client";
import { type Labels, labelKey, picked } from "./label-key.ts";

/** Records a duration in milliseconds under these labels; those it was not declared with are left out. */
export type Stopwatch = (labels: Labels, ms: number) => void;

/** A histogram of prom-client's, with the part for each set of labels looked up once. */
export function createStopwatch(
  name: string,
  help: string,
  names: readonly string[],
  buckets: readonly number[],
  registers: Registry[],
): Stopwatch {
  const histogram = new Histogram({
    name: `holdfast_${name}_seconds`,
    help,
    labelNames: [...names],
    buckets: [...buckets],
    registers,
  });
  const parts = new Map<string, Histogram.Internal<string>>();
  const keyOf = labelKey(names);
  return (labels, ms) => {
    const key = keyOf(labels);
    let part = parts.get(key);
    if (part === undefined) {
      part = histogram.labels(picked(labels, names));
      parts.set(key, part);
    }
    part.observe(ms / 1_000);
  };
}
