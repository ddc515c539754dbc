import { Counter, type Registry } from "prom-client";

/** Adds to the count of these labels; those it was not declared with are left out. */
export type Tally = (labels: Readonly<Record<string, string>>, by: number) => void;

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
    let key = "";
    // Values come from fixed sets: none holds a line break.
    for (const label of names) key += `${labels[label] ?? ""}\n`;
    const known = counts.get(key);
    if (known !== undefined) known.value += by;
    else counts.set(key, { labels: picked(labels, names), value: by });
  };
}

/** Those of the labels that are declared. */
export function picked(
  labels: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])),
  );
}
