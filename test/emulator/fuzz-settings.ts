/** Seed of this run: `SEED=` for an earlier one. Printed, so that any run can be repeated. */
export const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`SEED=${seed}`);

/** How many random cases: `RUNS=` for a longer search. */
export function runs(usual: number): number {
  return Number(process.env["RUNS"] ?? usual);
}

/** Parameters for fast-check. */
export function fuzzing(usual: number): { seed: number; numRuns: number } {
  return { seed, numRuns: runs(usual) };
}

/** Some seconds of work, on a machine that does ten other things. */
export const FUZZ_MS = 60_000;
