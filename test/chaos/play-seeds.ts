import { converge } from "./converge.ts";
import { type FaultCounts, noFaults } from "./faults.ts";
import { type Schedule, scheduleOf } from "./schedule.ts";
import { shrink } from "./shrink.ts";

export interface SeedsReport {
  /** What did not hold, each with the smallest schedule that shows it. */
  readonly failures: readonly string[];
  readonly faults: FaultCounts;
}

/** Failures that are shrunk; further ones are only named. */
const MAX_SHRUNK = 3;

/** Plays one schedule after the other, from `first` on, and prints what happened in them. */
export async function playSeeds(first: number, runs: number): Promise<SeedsReport> {
  const failures: string[] = [];
  const faults = noFaults();
  let mutations = 0;
  let refused = 0;
  for (let seed = first; seed < first + runs; seed++) {
    try {
      const report = await converge(scheduleOf(seed));
      mutations += report.mutations;
      refused += report.refused;
      for (const fault of FAULT_NAMES) faults[fault] += report.faults[fault];
    } catch (error) {
      const smallest = failures.length < MAX_SHRUNK ? await shrink(scheduleOf(seed)) : undefined;
      failures.push(`seed ${seed}: ${textOf(error)}${smallest === undefined ? "" : describe(smallest)}`);
    }
  }
  console.info({ runs, mutations, refused, ...faults });
  return { failures, faults };
}

// Every fault is a key of the counts.
const FAULT_NAMES = Object.keys(noFaults()) as (keyof FaultCounts)[];

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** As `known-cases.ts` takes it. */
function describe(schedule: Schedule): string {
  return `\nshrunk to ${schedule.steps.length} steps: ${JSON.stringify(schedule)}`;
}
