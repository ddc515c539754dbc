import type { Decision, Retention, View } from "../store.ts";
import { StoreUnavailable } from "../store.ts";
import type { Keys } from "./keys.ts";
import { type FoundCell, lookUp } from "./look-up.ts";
import { createOverlay, type Overlay } from "./overlay.ts";
import type { Project } from "./project.ts";
import type { Replica } from "./replica.ts";
import { createWants } from "./wanted.ts";

/** A decision that somebody waits for. */
export interface Job {
  readonly decide: (view: View) => Decision<unknown>;
  readonly done: (result: unknown) => void;
  readonly failed: (error: unknown) => void;
}

/** What came of some jobs, in their order, on a replica as it was; to be told once the batch is in Redis. */
export interface Decided {
  readonly replica: Replica;
  readonly life: string;
  readonly rev: number;
  readonly overlay: Overlay;
  /** How many of the jobs this is about: the others come with the next batch. */
  readonly count: number;
  readonly tell: () => void;
  /** Whether the last look at Redis found the project as the replica has it. */
  readonly isFresh: boolean;
}

export interface AttemptDeps {
  readonly project: Project;
  readonly keys: Keys;
  readonly prefix: string;
  readonly retention: Retention;
  readonly now: () => number;
  readonly createStamp: () => string;
}

/** Longest time that decisions hold the event loop, in milliseconds. */
const SLICE_MS = 10;
/** A batch holds no more than these, so that Redis is not kept from others for long. */
const MOST_BYTES = 512 * 1024;
/** Look-ups of one attempt. */
const MOST_ROUNDS = 200;

/**
 * Decides jobs in their order on what is known of a project. What a decision asks for and is not known is looked up, for
 * all jobs at once, and the decision runs again. `undefined` when the project moved on meanwhile.
 */
export async function decideJobs(
  deps: AttemptDeps,
  replica: Replica,
  jobs: readonly Job[],
): Promise<Decided | undefined> {
  const { project, keys, prefix, createStamp } = deps;
  const { life, rev } = replica.standing;
  const wants = createWants();
  const overlay = createOverlay({ ...deps, projectId: project.id, replica, wants });
  const tells: (() => void)[] = [];
  let isFresh = false;

  const isCurrent = (): boolean => project.replica === replica && replica.standing.rev === rev;

  /** Returns whether the job is decided; otherwise `wants` says why not. */
  function decide(job: Job): boolean {
    wants.clear();
    try {
      const decision = job.decide(overlay.view);
      if (isWanting()) return false;
      if (decision.clear !== undefined && !overlay.isEmpty) wants.commitFirst();
      overlay.add(decision);
      tells.push(() => job.done(decision.result));
    } catch (error) {
      // Whatever a decision makes of being stopped, it was.
      if (isWanting()) return false;
      // It may have judged by what a job before it wrote: whether that holds is known only after the commit.
      tells.push(() => job.failed(error));
    }
    return true;
  }

  function isWanting(): boolean {
    return wants.names.size > 0 || wants.isCommitFirst;
  }

  /** What a job that has to wait will ask for next, and what those after it will, so that it is looked up at once. */
  function foresee(some: readonly Job[]): void {
    const until = performance.now() + SLICE_MS;
    for (const job of some) {
      if (performance.now() > until) return;
      wants.foresee(() => overlay.prepare(job.decide(overlay.view)));
    }
  }

  function learn(found: readonly FoundCell[], at: number): void {
    for (const { name, cell, bytes } of found) {
      overlay.remember(name, cell);
      // What was read ahead of the replica would be of another moment than the rest of it.
      if (at > replica.standing.rev) continue;
      // Places belong to all projects: no commit of this one tells when they change.
      if (cell.kind !== "place") replica.learn(name, cell, bytes, at);
    }
  }

  return replica.whileLooking(async () => {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const until = performance.now() + SLICE_MS;
      let isFull = false;
      while (tells.length < jobs.length && !isFull) {
        const job = jobs[tells.length];
        if (job === undefined || !decide(job)) break;
        isFull = overlay.clear !== undefined || overlay.bytes > MOST_BYTES || performance.now() > until;
      }
      const isWaiting = !isFull && tells.length < jobs.length;
      if (!isWaiting || (wants.isCommitFirst && tells.length > 0)) {
        const settled = [...tells];
        const tell = (): void => {
          for (const one of settled) one();
        };
        return { replica, life, rev, overlay, count: settled.length, tell, isFresh };
      }
      if (wants.names.size === 0) throw new Error("a decision waits for a commit, but nothing is decided");
      foresee(jobs.slice(tells.length));
      const found = await lookUp(project, keys, prefix, [...wants.names], createStamp);
      if (found.life !== life || found.rev > replica.standing.rev) await project.catchUp();
      if (project.replica !== replica || found.life !== life) return undefined;
      learn(found.cells, found.rev);
      if (!isCurrent()) return undefined;
      isFresh = true;
    }
    throw new StoreUnavailable("a decision asked for too much");
  });
}
