import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What a number is to reach. `atMost` in the unit of `value`. */
export interface Reach {
  readonly what: string;
  readonly value: number;
  readonly atMost: number;
  readonly unit: string;
}

/** One table of a bench. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly reaches?: readonly Reach[];
}

const results = fileURLToPath(new URL("../.build/bench/", import.meta.url));

/** Where and when the numbers were taken: without it a number means nothing. */
export function machine(): string {
  const load = loadavg()
    .map((value) => value.toFixed(1))
    .join(" ");
  return `${cpus().length} × ${cpus()[0]?.model.trim() ?? "?"}, Node ${process.versions.node}, load ${load}`;
}

/** Prints the tables as Markdown and keeps them as `.build/bench/<name>.json`. */
export function report(name: string, tables: readonly Table[]): void {
  console.log(`\n${machine()}`);
  for (const table of tables) console.log(`\n**${table.title}**\n\n${markdownOf(table)}`);
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${name}.json`), JSON.stringify({ machine: machine(), tables }, null, 2));
}

export function markdownOf({ columns, rows, reaches = [] }: Table): string {
  const lines = [columns, columns.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
  const judged = reaches.map(
    ({ what, value, atMost, unit }) =>
      `- ${value <= atMost ? "met" : "MISSED"}: ${what}: ${figure(value)}${unit} of at most ${figure(atMost)}${unit}`,
  );
  return [...lines, ...(judged.length > 0 ? ["", ...judged] : [])].join("\n");
}

/** Three figures, thousands apart. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits, minimumFractionDigits: 0 });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** `median (min–max)`. */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return "–";
  return `${figure(median(values))} (${figure(Math.min(...values))}–${figure(Math.max(...values))})`;
}
