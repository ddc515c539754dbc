import { expect, test } from "vitest";
import { converge } from "../state/convergence.ts";
import { seedOf } from "../store/seed.ts";

/** The long run of `test/state/convergence.test.ts`; `RUNS` sets another length. */
const RUNS = Number(process.env["RUNS"] ?? 1_000);

test("clients converge in every one of many seeds", async () => {
  const first = seedOf("convergence");
  const failed: string[] = [];
  for (let run = 0; run < RUNS; run++) {
    await converge(first + run).catch((error: unknown) => {
      failed.push(error instanceof Error ? error.message : String(error));
    });
  }
  expect(failed).toEqual([]);
});
