import { type Schedule, scheduleOf } from "./schedule.ts";

/** Schedules that once failed, by what they taught. New ones are pasted here as the failing test prints them. */
export const KNOWN_CASES: readonly (readonly [string, Schedule])[] = [
  [
    "an edit of a list whose page crashed as it was sent goes out to the letter",
    {
      seed: 27,
      tabs: 2,
      steps: [
        {
          kind: "write",
          tab: 0.09734939387999475,
          roll: 0.8890585834160447,
          pick: 0.3983819375280291,
          waitMs: 839,
        },
        {
          kind: "write",
          tab: 0.14489247789606452,
          roll: 0.5606023643631488,
          pick: 0.39323014742694795,
          waitMs: 59,
        },
        {
          kind: "crash",
          tab: 0.25616282341070473,
          roll: 0.20864779013209045,
          pick: 0.3063350855372846,
          waitMs: 730,
        },
      ],
    },
  ],
  [
    "a page loaded again in its first moments finds what it wrote",
    {
      seed: 971304949,
      tabs: 3,
      steps: [
        {
          kind: "write",
          tab: 0.7630800087936223,
          roll: 0.41541120735928416,
          pick: 0.37160424748435616,
          waitMs: 78,
        },
        {
          kind: "write",
          tab: 0.04615806811489165,
          roll: 0.08045512647368014,
          pick: 0.277409537229687,
          waitMs: 44,
        },
        {
          kind: "reload",
          tab: 0.25902571342885494,
          roll: 0.6254135123454034,
          pick: 0.8799143263604492,
          waitMs: 2266,
        },
      ],
    },
  ],
  ["a refusal told again in a new epoch shows nothing of the old one", scheduleOf(20_261_273)],
  ["adopted writes keep the order in which they were shown, over any number of reloads", scheduleOf(507)],
  [
    "what was acknowledged in a former epoch is not shown over the base of a later one",
    scheduleOf(20_261_739),
  ],
  ["no edit waits for ever for what was acknowledged in a former epoch", scheduleOf(20_261_456)],
];
