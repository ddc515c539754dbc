import { setTimeout as pause } from "node:timers/promises";
import { StoreUnavailable } from "../store.ts";
import type { AttemptDeps, Decided } from "./attempt.ts";
import { COMMIT } from "./commit-script.ts";
import { readHead } from "./feed-message.ts";
import { type Link, Unanswered } from "./link.ts";
import { type SealDeps, sealBatch } from "./sealed-batch.ts";

export interface CommitDeps extends AttemptDeps, SealDeps {
  readonly link: Link;
  readonly node: string;
  /** A project was cleared: the sessions of this place, `era projectId`, are to be swept. */
  readonly onCleared: (place: string) => void;
}

/**
 * `applied`: it came in. `taken`: it did not, and never will, as its place is taken or its history over.
 * `open`: nothing came in at its place yet. `untold`: too much came since to tell.
 */
type Verdict = "applied" | "taken" | "open" | "untold";

/** `again`: it was not applied, and the project is known as it is now. `wait`: as it is another node's turn. */
export type Outcome = "applied" | "again" | "wait";

/** Tries to find out what became of a batch; together longer than the turn of another node. */
const MOST_INQUIRIES = 15;
const PAUSE_MS = 10;

/**
 * Sends a batch.
 * @throws StoreUnavailable when it is not known what became of it, and cannot be found out
 */
export async function commitBatch(deps: CommitDeps, decided: Decided, attempt: number): Promise<Outcome> {
  const { project, link, node } = deps;
  let isLanded = false;
  let isOthersTurn = false;
  const { batch, keys, place, rest } = sealBatch(
    deps,
    deps.createStamp(),
    decided.replica,
    decided.overlay,
    () => {
      isLanded = true;
    },
  );
  const { life, rev } = batch;

  async function send(): Promise<Verdict> {
    const reply = await link.run(COMMIT, keys, [...place, node, attempt, ...rest]);
    // As the script says.
    const [why, nowLife, nowRev, messages, earlier] = reply as readonly [
      string,
      string,
      string,
      string[],
      string,
    ];
    if (why === "ok") {
      project.land(batch);
      return "applied";
    }
    if (why === "place") return "taken";
    isOthersTurn = why === "turn";
    if (why === "open" || nowLife !== life) {
      await project.catchUp();
      if (why === "open") return "open";
      if (earlier === batch.id) batch.landed();
      // A server that came back with less has lost it; then it is as if it had never been.
      return earlier !== "" || Number(nowRev) <= rev ? "taken" : "untold";
    }
    project.advance(messages);
    const standing = project.replica?.standing;
    if (standing?.life !== life || standing.rev < Number(nowRev)) await project.catchUp();
    const [first] = messages;
    if (first !== undefined && readHead(first).rev === rev + 1) return "taken";
    return Number(nowRev) === rev ? "open" : "untold";
  }

  /**
   * Sends the batch again that nobody answered for. It has one place to come in: if it has come in, or something else
   * has, that is told now; if it comes in now, the first one, should it still be on its way, finds its place taken.
   */
  async function inquire(): Promise<void> {
    for (let inquiry = 1; inquiry <= MOST_INQUIRIES; inquiry += 1) {
      await link.up();
      if (isLanded) return;
      try {
        const verdict = await send();
        if (isLanded || verdict === "taken") return;
        if (verdict === "untold") break;
        await pause(PAUSE_MS);
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
      }
    }
    throw new StoreUnavailable("it is not known whether Redis took it");
  }

  project.expect(batch);
  try {
    await send();
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    if (!isLanded) await inquire();
  } finally {
    project.expect(undefined);
  }
  if (isLanded && decided.overlay.clear !== undefined) {
    deps.onCleared(`${batch.message.standing.era - 1} ${project.id}`);
  }
  if (isLanded) return "applied";
  return isOthersTurn ? "wait" : "again";
}
