import type { HoldfastError } from "../errors.ts";
import type { Entity } from "../protocol/index.ts";
import { type Entry, entityKey } from "./entry.ts";

/**
 * How long the event that a refusal let us know of may take, at most: longer than any catch-up on a live link. On a new
 * link the base is up to date by the time writes are sent.
 */
const STAND_IN_MS = 60_000;

/**
 * What the server let us know of an entity by refusing a write, shown until the base has it too. An ack overtakes
 * events, which are batched: without this a refused write would first show what stood before it, then what is there.
 */
export interface StandIns {
  readonly size: number;
  has(collection: string, id: string): boolean;
  /** @param base the entity as the base has it. */
  learn(entry: Entry, error: HoldfastError, base: Entity | undefined): void;
  /** The base, or what stands in for it while it is behind. */
  over(collection: string, id: string, base: Entity | undefined): Entity | undefined;
  /** The base is known to be up to date. Gives what stood in until now. */
  clear(): readonly { readonly collection: string; readonly id: string }[];
}

interface StandIn {
  readonly collection: string;
  readonly id: string;
  readonly news: News;
  readonly cancel: () => void;
}

/** What is known of one life of an entity: an id may be removed and made again. */
interface News {
  readonly createdAt: number;
  /** `null`: it is gone. */
  readonly entity: Entity | null;
}

export function createStandIns(
  schedule: (delayMs: number, task: () => void) => () => void,
  /** The event never came: the base shows through again. */
  onOverdue: (collection: string, id: string) => void,
): StandIns {
  const standIns = new Map<string, StandIn>();

  const drop = (key: string): void => {
    standIns.get(key)?.cancel();
    standIns.delete(key);
  };

  return {
    get size() {
      return standIns.size;
    },
    has: (collection, id) => standIns.size > 0 && standIns.has(entityKey(collection, id)),
    learn(entry, error, base) {
      const news = newsOf(entry, error);
      if (news === undefined || !isBehind(base, news)) return;
      const { collection, entityId: id } = entry;
      const key = entityKey(collection, id);
      drop(key);
      const cancel = schedule(STAND_IN_MS, () => {
        standIns.delete(key);
        onOverdue(collection, id);
      });
      standIns.set(key, { collection, id, news, cancel });
    },
    over(collection, id, base) {
      if (standIns.size === 0) return base;
      const key = entityKey(collection, id);
      const standIn = standIns.get(key);
      if (standIn === undefined) return base;
      if (isBehind(base, standIn.news)) return standIn.news.entity ?? undefined;
      drop(key);
      return base;
    },
    clear() {
      const all = [...standIns.values()];
      for (const { cancel } of all) cancel();
      standIns.clear();
      return all;
    },
  };
}

function isBehind(base: Entity | undefined, { createdAt, entity }: News): boolean {
  if (base?.createdAt !== createdAt) return false;
  return entity === null || base.seq < entity.seq;
}

/** A refusal that was kept and is told again may be old news: whether it is news shows only beside the base. */
function newsOf(entry: Entry, error: HoldfastError): News | undefined {
  if (error.code === "NOT_FOUND") {
    // Of a claim it may be the session that was not found; of a creation not yet taken the life is not known.
    const isAbout = entry.op === "update" || entry.op === "remove";
    const { shown } = entry;
    return isAbout && shown !== undefined && shown.version > 0
      ? { createdAt: shown.createdAt, entity: null }
      : undefined;
  }
  const current = error.code === "CONFLICT" ? error.details?.["current"] : undefined;
  if (typeof current !== "object" || current === null) return undefined;
  // The contract: `current` is the entity as the server has it, of the write's own collection (a claim's is a session).
  const entity = current as Entity;
  return entity.id === entry.entityId ? { createdAt: entity.createdAt, entity } : undefined;
}
