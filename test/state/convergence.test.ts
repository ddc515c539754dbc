import { expect, test } from "vitest";
import { seedOf } from "../store/seed.ts";
import { type ConvergenceReport, converge } from "./convergence.ts";

const RUNS = 30;

test("clients converge over a rough network, a restarting server and reloads, and no picture ever comes back", async () => {
  const first = seedOf("convergence");
  const sum = new Map<string, number>();
  const add = (report: ConvergenceReport): void => {
    for (const [name, count] of Object.entries(report)) sum.set(name, (sum.get(name) ?? 0) + Number(count));
  };
  for (let run = 0; run < RUNS; run++) add(await converge(first + run));
  console.info(Object.fromEntries(sum));
  // A schedule in which nothing happens would prove nothing.
  for (const [name, count] of sum) expect(count, name).toBeGreaterThan(0);
}, 120_000);
