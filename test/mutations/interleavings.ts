/** One way a run can go on. */
export interface Step {
  readonly name: string;
  take(): void | Promise<void>;
}

export interface Run {
  /** What can happen now; none: the run is over. */
  steps(): readonly Step[];
  /** Called when it is over. */
  check(path: readonly string[]): void;
}

/**
 * Plays every order of steps there is: each run is begun anew and led along a path not yet taken, so that nothing has
 * to be copied. Returns how many runs there were.
 */
export async function playAll(begin: () => Promise<Run>, maxRuns = 100_000): Promise<number> {
  /** Index of the step to take at each point, and how many there were. */
  const path: { index: number; of: number }[] = [];
  for (let runs = 1; ; runs++) {
    if (runs > maxRuns) throw new Error(`more than ${maxRuns} orders`);
    const run = await begin();
    const names: string[] = [];
    for (let depth = 0; ; depth++) {
      const steps = run.steps();
      if (steps.length === 0) break;
      const point = path[depth] ?? { index: 0, of: steps.length };
      path[depth] = point;
      const step = steps[point.index];
      if (step === undefined) throw new Error("a run did not go the same way twice");
      names.push(step.name);
      await step.take();
    }
    run.check(names);
    path.length = names.length;
    while (path.length > 0) {
      const last = path[path.length - 1];
      if (last === undefined) break;
      last.index += 1;
      if (last.index < last.of) break;
      path.pop();
    }
    if (path.length === 0) return runs;
  }
}
