import { StoreUnavailable } from "../store.ts";
import type { AttemptDeps, Decided } from "./attempt.ts";
import { COMMIT } from "./commit-script.ts";
import { readHead } from "./feed-message.ts";
import { type Link, Unanswered } from "./link.ts";
import { createOverlay, type Overlay } from "./overlay.ts";
import type { Replica } from "./replica.ts";
import { type SealDeps, type SealedBatch, sealBatch } from "./sealed-batch.ts";
import { createWants } from "./wanted.ts";

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

/** Tries to find out what became of a batch; each takes a round trip, or the patience of the link. */
const MOST_INQUIRIES = 5;

/**
 * Sends a batch.
 * @throws StoreUnavailable when it is not known what became of it, and cannot be found out
 */
export async function commitBatch(deps: CommitDeps, decided: Decided, attempt: number): Promise<Outcome> {
  const { project, link, node } = deps;
  let isLanded = false;
  let isOthersTurn = false;
  const sealed = seal(decided.replica, decided.overlay, () => {
    isLanded = true;
  });
  const { life, rev } = sealed.batch;

  function seal(replica: Replica, overlay: Overlay, landed: () => void): SealedBatch {
    return sealBatch(deps, deps.createStamp(), replica, overlay, landed);
  }

  async function send({ batch, keys, place, rest }: SealedBatch): Promise<Verdict> {
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
    if (why === "place") return "open";
    isOthersTurn = why === "turn";
    if (why === "open" || nowLife !== life) {
      await project.catchUp();
      if (why === "open") return "open";
      if (earlier === sealed.batch.id) sealed.batch.landed();
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
   * An empty batch for the same place settles what became of the one nobody answered for: either it comes in, and the
   * other one, should it still be on its way, finds its place taken; or it is told who came first.
   */
  async function inquire(): Promise<void> {
    for (let inquiry = 1; inquiry <= MOST_INQUIRIES; inquiry += 1) {
      await link.up();
      const replica = project.replica;
      if (isLanded || replica === undefined) return;
      const { standing } = replica;
      // Told by the feed: another one came in at this place.
      if (standing.life === life && standing.rev > rev) return;
      try {
        const verdict = await send(
          standing.life === life ? seal(replica, nothingOn(replica), () => undefined) : sealed,
        );
        if (isLanded || verdict === "applied" || verdict === "taken") return;
        if (verdict === "untold") break;
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
      }
    }
    throw new StoreUnavailable("it is not known whether Redis took it");
  }

  function nothingOn(replica: Replica): Overlay {
    return createOverlay({ ...deps, projectId: project.id, replica, wants: createWants() });
  }

  project.expect(sealed.batch);
  try {
    await send(sealed);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    if (!isLanded) await inquire();
  } finally {
    project.expect(undefined);
  }
  if (isLanded && decided.overlay.clear !== undefined) {
    deps.onCleared(`${sealed.batch.message.standing.era - 1} ${project.id}`);
  }
  if (isLanded) return "applied";
  return isOthersTurn ? "wait" : "again";
}
