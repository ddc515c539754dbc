import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { createFifo } from "../fifo.ts";
import { StoreUnavailable } from "../store.ts";
import { type Decided, decideJobs, type Job } from "./attempt.ts";
import { type CommitDeps, commitBatch, type Outcome } from "./commit-batch.ts";
import { HEAD } from "./read-scripts.ts";
import { standingOf } from "./standing.ts";

/** The transactions of one project in this node, in the order in which they came. */
export interface Lane {
  readonly isIdle: boolean;
  push(job: Job): void;
  /** Resolves when nothing waits or is under way. */
  idle(): Promise<void>;
}

export interface LaneDeps extends CommitDeps {
  readonly random: () => number;
}

/** Decisions in one batch. */
const MOST_JOBS = 128;
/** How long others may come first before a caller is told to come again, in milliseconds. */
const CONTENTION_MS = 5_000;
/** Longest wait while another node has the turn, in milliseconds. */
const PAUSE_MS = 3;

/**
 * While one batch is on its way, decisions gather for the next. When another node came first, all of the batch are
 * decided again on what is there now.
 */
export function createLane(deps: LaneDeps): Lane {
  const { project } = deps;
  const waiting = createFifo<Job>();
  let pumping: Promise<void> | undefined;

  async function pump(): Promise<void> {
    while (waiting.length > 0) {
      // Callers that go on at once after what they were told come along.
      await nextTurn();
      const jobs: Job[] = [];
      for (
        let job = waiting.at(0);
        job !== undefined && jobs.length < MOST_JOBS;
        job = waiting.at(jobs.length)
      )
        jobs.push(job);
      try {
        const decided = await carryOut(jobs);
        for (let at = 0; at < decided.count; at += 1) waiting.shift();
        decided.tell();
      } catch (error) {
        for (const job of jobs) {
          waiting.shift();
          job.failed(error);
        }
      }
    }
    pumping = undefined;
  }

  /** Decides jobs until what they decided is in Redis or, if there is nothing to write, was verified there. */
  async function carryOut(jobs: readonly Job[]): Promise<Decided> {
    const until = performance.now() + CONTENTION_MS;
    for (let attempt = 1; ; attempt += 1) {
      const replica = await project.started();
      if (replica === undefined) throw new StoreUnavailable(`project ${project.id} was not kept`);
      const decided = await decideJobs(deps, replica, jobs);
      const outcome = decided === undefined ? "again" : await settle(decided, attempt);
      if (decided !== undefined && outcome === "applied") return decided;
      if (performance.now() > until) throw new StoreUnavailable("too many write to this project at once");
      // Who lost against another that came in knows its commit by now and tries at once: waiting would only lose more.
      if (outcome === "wait") await pause(1 + deps.random() * PAUSE_MS);
    }
  }

  async function settle(decided: Decided, attempt: number): Promise<Outcome> {
    if (!decided.overlay.isEmpty) return commitBatch(deps, decided, attempt);
    return decided.isFresh || (await isStill(decided)) ? "applied" : "again";
  }

  async function isStill({ life, rev }: Decided): Promise<boolean> {
    const keys = deps.keys.of(project.id);
    const [, found] = await project.ask(HEAD, [keys.meta, keys.counts], [1]);
    const standing = standingOf(found);
    if (standing.life === life && standing.rev === rev) return true;
    await project.catchUp();
    return false;
  }

  return {
    get isIdle() {
      return pumping === undefined;
    },
    push(job) {
      waiting.push(job);
      pumping ??= pump();
    },
    idle: () => pumping ?? Promise.resolve(),
  };
}
