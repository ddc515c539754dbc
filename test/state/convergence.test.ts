import { expect, test } from "vitest";
import { converge } from "../chaos/converge.ts";
import { KNOWN_CASES } from "../chaos/known-cases.ts";
import { playSeeds } from "../chaos/play-seeds.ts";
import { scheduleOf } from "../chaos/schedule.ts";
import { shrink } from "../chaos/shrink.ts";
import { seedOf } from "../store/seed.ts";

const RUNS = 50;

test("clients converge through every fault there is, and no picture ever comes back", async () => {
  const { failures, faults } = await playSeeds(seedOf("convergence"), RUNS);
  expect(failures).toEqual([]);
  // A schedule in which nothing happens would prove nothing.
  for (const [fault, count] of Object.entries(faults)) expect(count, fault).toBeGreaterThan(0);
});

test.each(KNOWN_CASES)("%s", async (_, schedule) => {
  await converge(schedule);
});

test("a failing schedule is shrunk to the steps that matter", async () => {
  const schedule = scheduleOf(1);
  const fails = async ({ steps }: typeof schedule): Promise<boolean> =>
    steps.some(({ kind }) => kind === "reload") && steps.some(({ kind }) => kind === "cut");
  const smallest = await shrink(schedule, fails);
  expect(smallest.steps.map(({ kind }) => kind).sort()).toEqual(["cut", "reload"]);
});
