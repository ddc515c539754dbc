import type { Entity, Position } from "../../../sdk/protocol/index.ts";
import { type StoreDelta, StoreUnavailable } from "../store.ts";
import { cellName, entityName } from "./cell.ts";
import type { Keys } from "./keys.ts";
import type { Link } from "./link.ts";
import { lookUp } from "./look-up.ts";
import type { Project } from "./project.ts";
import { positionOf } from "./standing.ts";

/**
 * What a node knows of a project without asking Redis: as of the last commit that was told here, thus nothing that a
 * client of this node has not heard, or is not about to hear.
 */
export interface Known {
  readonly position: Position | undefined;
  entity(collection: string, id: string): { readonly entity: Entity | undefined } | undefined;
  register(name: string): { readonly value: unknown } | undefined;
  /** Of who missed nothing; nothing is known of what is between two positions. */
  delta(since: Position): StoreDelta | undefined;
}

/** The registers of a project that clients are told with each answer to a sync. */
const TOLD_REGISTERS = ["focus"] as const;

export function knownOf({ replica }: Pick<Project, "replica">): Known {
  const position = replica === undefined ? undefined : positionOf(replica.standing);
  const register = (name: string) => replica?.cell("register", cellName.register(name));
  return {
    position,
    register,
    entity: (collection, id) => replica?.cell("entity", cellName.entity(entityName(collection, id))),
    delta(since) {
      if (position === undefined || since.epoch !== position.epoch || since.seq !== position.seq)
        return undefined;
      const registers: Record<string, unknown> = {};
      for (const name of TOLD_REGISTERS) {
        const found = register(name);
        if (found === undefined) return undefined;
        if (found.value !== undefined) registers[name] = found.value;
      }
      return { position, from: since.seq, changes: {}, events: [], eventsLost: 0, registers };
    },
  };
}

/** Looks up what an answer to a sync needs beside a position, for when Redis is away; commits keep it right. */
export async function rememberTold(
  project: Project,
  keys: Keys,
  prefix: string,
  createStamp: () => string,
): Promise<void> {
  const { replica } = project;
  if (replica === undefined) return;
  await replica.whileLooking(async () => {
    const names = TOLD_REGISTERS.map(cellName.register);
    const found = await lookUp(project, keys, prefix, names, createStamp);
    const { life } = replica.standing;
    if (found.life !== life || found.rev > replica.standing.rev) await project.catchUp();
    // What was read ahead of the replica, or of another history, is of another moment than the rest of it.
    if (found.life !== replica.standing.life || found.rev > replica.standing.rev) return;
    for (const { name, cell, bytes } of found.cells) replica.learn(name, cell, bytes, found.rev);
  });
}

/** What may be known, so that nothing known is told from nothing there. */
export function given<T>(value: T | undefined): { readonly value: T } | undefined {
  return value === undefined ? undefined : { value };
}

/** Asks Redis; when it is away, what is known has to do. @throws StoreUnavailable */
export async function askOrKnow<T>(
  link: Pick<Link, "isUp">,
  ask: () => Promise<T>,
  know: () => { readonly value: T } | undefined,
): Promise<T> {
  const known = link.isUp() ? undefined : know();
  if (known !== undefined) return known.value;
  try {
    return await ask();
  } catch (error) {
    const found = error instanceof StoreUnavailable ? know() : undefined;
    if (found === undefined) throw error;
    return found.value;
  }
}
