import { converge } from "./converge.ts";
import type { Schedule } from "./schedule.ts";

const MAX_TRIES = 200;

const failsToConverge = (schedule: Schedule): Promise<boolean> =>
  converge(schedule).then(
    () => false,
    () => true,
  );

/** The smallest schedule found that still fails: large parts are left out first, then ever smaller ones. */
export async function shrink(schedule: Schedule, fails = failsToConverge): Promise<Schedule> {
  let smallest = schedule;
  let tries = 0;
  for (let size = schedule.steps.length; size > 1; ) {
    size = Math.ceil(size / 2);
    for (let at = 0; at < smallest.steps.length && tries < MAX_TRIES; tries++) {
      const candidate = { ...smallest, steps: smallest.steps.toSpliced(at, size) };
      if (await fails(candidate)) smallest = candidate;
      else at += size;
    }
  }
  return smallest;
}
