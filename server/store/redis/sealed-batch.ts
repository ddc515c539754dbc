import { audienceOf } from "../../core/delivery/audience.ts";
import {
  type CommitText,
  type FeedMessage,
  type WriteText,
  writeMessage,
  writeWide,
} from "./feed-message.ts";
import { projectPrefix } from "./keys.ts";
import type { Overlay } from "./overlay.ts";
import { type PlanDeps, planBatch } from "./plan-batch.ts";
import type { Batch } from "./project.ts";
import type { Replica } from "./replica.ts";

/** A batch as it is sent: keys and arguments of the commit script, its node and attempt aside. */
export interface SealedBatch {
  readonly batch: Batch;
  readonly keys: readonly string[];
  /** Before the node and the attempt, and after them. */
  readonly place: readonly (string | number)[];
  readonly rest: readonly (string | number)[];
}

export interface SealDeps extends PlanDeps {
  readonly prefix: string;
  /** Bytes of half a log. */
  readonly logBytes: number;
}

/** Puts what a batch came to into the words of Redis and of the other nodes. */
export function sealBatch(
  deps: SealDeps,
  id: string,
  replica: Replica,
  overlay: Overlay,
  landed: () => void,
): SealedBatch {
  const { projectId, prefix, logBytes } = deps;
  const { operations, standing, counts, claims } = planBatch(deps, replica, overlay);
  const { life, rev } = replica.standing;
  const message: FeedMessage = {
    batch: id,
    standing,
    counts,
    commits: overlay.commits.map(({ commit }) => commit),
    writes: overlay.clear === undefined ? [...overlay.entities.values()] : [],
    registers: [...overlay.registers].map(([name, { value }]) => [name, value]),
    claims: [...claims],
    owners: overlay.answers.given.map(({ owner }) => owner),
    isCleared: overlay.clear !== undefined,
  };
  const commits = overlay.commits.map(({ commit, events }): CommitText => {
    const { epoch, seq, notices, reset } = commit;
    return { position: { epoch, seq }, events, notices: JSON.stringify(notices), reset };
  });
  const text = writeMessage(message, { commits, writes: writeTexts(overlay, message) });
  const wide = commits.flatMap((commit, at) => widely(commit, overlay, at));
  const guards = [...overlay.places].flatMap(([sessionId, found]) => [sessionId, found ?? ""]);
  const { channel } = deps.keys.of(projectId);
  return {
    batch: { id, life, rev, message, bytes: text.length, owners: overlay.answers.owners, landed },
    keys: operations.keys,
    place: [life, rev],
    rest: [
      ...[channel, deps.keys.wideChannel, id, text],
      wide.length === 0 ? "" : writeWide(projectId, standing, wide),
      ...[logBytes, projectPrefix(prefix), guards.length / 2, ...guards],
      ...operations.args,
    ],
  };
}

/** Entities that an event holds as they are need not be told twice. */
function writeTexts({ entities, commits }: Overlay, message: FeedMessage): WriteText[] {
  const places = new Map<unknown, readonly [number, number]>();
  for (const [c, { commit }] of commits.entries()) {
    for (const [e, { envelope }] of commit.events.entries()) places.set(envelope.data, [c, e]);
  }
  return message.writes.map(({ collection, id, entity }) => {
    const json = entities.get(`${collection} ${id}`)?.json;
    return { collection, id, entity: entity === undefined ? undefined : (places.get(entity) ?? json) };
  });
}

/** The part of a commit that every reader hears, and what those wait for who named a session before it was there. */
function widely(text: CommitText, { commits }: Overlay, at: number): CommitText[] {
  const all = commits[at]?.commit.events ?? [];
  const events = text.events.filter((_, index) => {
    const event = all[index]?.envelope.event ?? "";
    return event === "session:created" || audienceOf(event).readers;
  });
  return events.length === 0 ? [] : [{ ...text, events, notices: "[]", reset: undefined }];
}
