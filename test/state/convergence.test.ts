import { expect, test } from "vitest";
import { seedOf } from "../store/seed.ts";
import { type ConvergenceReport, converge } from "./convergence.ts";

/** Seeds that once failed, and why. */
const KEPT: readonly (readonly [number, string])[] = [];
const RUNS = 20;

test.each(KEPT)("seed %i converges: %s", async (seed) => {
  await converge(seed);
});

test("clients converge over a rough network and a restarting server, and no picture ever comes back", async () => {
  const first = seedOf("convergence");
  const sum = { mutations: 0, rejected: 0, restarts: 0, delta: 0, current: 0, snapshot: 0 };
  const add = ({ mutations, rejected, restarts, syncs }: ConvergenceReport): void => {
    sum.mutations += mutations;
    sum.rejected += rejected;
    sum.restarts += restarts;
    for (const outcome of ["delta", "current", "snapshot"] as const) sum[outcome] += syncs[outcome] ?? 0;
  };
  for (let run = 0; run < RUNS; run++) add(await converge(first + run));
  console.info(sum);
  // A schedule in which nothing happens would prove nothing.
  for (const count of Object.values(sum)) expect(count).toBeGreaterThan(0);
}, 120_000);
