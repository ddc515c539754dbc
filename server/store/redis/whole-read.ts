import type { Entity, Position } from "../../../sdk/protocol/index.ts";
import { StoreUnavailable } from "../store.ts";
import { readChangesSince } from "./changes-since.ts";
import { readEntities } from "./entity-page.ts";
import type { Keys } from "./keys.ts";
import type { Project } from "./project.ts";
import { positionOf } from "./standing.ts";

/** Entities of one moment. */
export interface Whole {
  readonly position: Position;
  readonly entities: ReadonlyMap<string, Entity>;
  readonly registers: Readonly<Record<string, unknown>>;
}

/** The project begins anew at most so often while it is read, or nobody can read it. */
const MOST_TRIES = 5;

/**
 * Reads all entities of a project, or of one collection, without keeping Redis from others: in pieces, each of its own
 * moment, and then what changed since the first one. Together that is the project as it is at the end.
 */
export async function readWhole(project: Project, keys: Keys, collection?: string): Promise<Whole> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const whole = await tryWhole(project, keys, collection);
    if (whole !== undefined) return whole;
  }
  throw new StoreUnavailable(`project ${project.id} changes too fast to be read`);
}

async function tryWhole(project: Project, keys: Keys, collection?: string): Promise<Whole | undefined> {
  const first = await readEntities(project, keys, collection, undefined);
  const position = positionOf(first.standing);
  const entities = new Map<string, Entity>();
  let page = first;
  for (;;) {
    // JSON that a commit of ours wrote.
    for (const [name, json] of page.entries) entities.set(name, JSON.parse(json) as Entity);
    const last = page.entries.at(-1)?.[0];
    if (!page.hasMore || last === undefined) break;
    page = await readEntities(project, keys, collection, last);
    if (page.standing.epoch !== position.epoch) return undefined;
  }
  if (page === first) return { position, entities, registers: first.registers };
  const since = await readChangesSince(project, keys, position);
  if (since === undefined) return undefined;
  for (const [name, entity] of since.entities) {
    if (collection === undefined || name.startsWith(`${collection} `)) entities.set(name, entity);
  }
  for (const name of since.removed) entities.delete(name);
  return { position: since.position, entities, registers: since.registers };
}
