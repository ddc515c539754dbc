import { expect, test } from "vitest";
import { seedOf } from "../store/seed.ts";
import { playSeeds } from "./play-seeds.ts";

/** The long run of `test/state/convergence.test.ts`; `RUNS` sets another length. */
const RUNS = Number(process.env["RUNS"] ?? 1_000);

test("clients converge in every one of many seeds", async () => {
  const { failures, faults } = await playSeeds(seedOf("convergence"), RUNS);
  expect(failures).toEqual([]);
  for (const [fault, count] of Object.entries(faults)) expect(count, fault).toBeGreaterThan(0);
});
