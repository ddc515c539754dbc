import type { Entity, Envelope, Position } from "../../../sdk/protocol/index.ts";
import { appendTo } from "../append-to.ts";
import { coalesceChanges, type KeptChange } from "../change-merge.ts";
import type { StoreChanges, StoreDelta } from "../store.ts";
import type { Keys } from "./keys.ts";
import type { Project } from "./project.ts";
import { DELTA } from "./read-scripts.ts";
import { pairsOf, positionOf, standingOf } from "./standing.ts";

/** What changed after a position, as it is at one moment. */
export interface ChangesSince {
  readonly position: Position;
  /** In rising order of seq. */
  readonly entities: ReadonlyMap<string, Entity>;
  /** Names of what is gone. */
  readonly removed: ReadonlySet<string>;
  readonly changes: readonly KeptChange[];
  readonly events: readonly Envelope[];
  /** Kept events that ever were after the position. */
  readonly missed: number;
  readonly registers: Readonly<Record<string, unknown>>;
}

const AT_ONCE = 1_000;
const BYTES_AT_ONCE = 2 * 1024 * 1024;
/** Above every id of a stream that begins with the same number. */
const LAST_OF = "18446744073709551615";

/** Reads in parts what changed after `since`; `undefined` when only a snapshot will do, or there is no such project. */
export async function readChangesSince(
  project: Project,
  keys: Keys,
  since: Position,
): Promise<ChangesSince | undefined> {
  const own = keys.of(project.id);
  const { meta, changed, removals, changes: changeLog, events, eventSeqs, registers } = own;
  const names = [meta, changed, own.entities, removals, changeLog, events, eventSeqs, registers];
  const entities = new Map<string, Entity>();
  const changes: KeptChange[] = [];
  let lastSeq: unknown = since.seq;
  let lastChange: unknown = `${since.seq}-${LAST_OF}`;
  for (;;) {
    const args = [since.epoch, since.seq, String(lastSeq), String(lastChange), AT_ONCE, BYTES_AT_ONCE];
    const reply = await project.ask(DELTA, names, args);
    const [kind, standing, found, seq, changeTexts, changeId] = reply;
    if (kind !== "ok" && kind !== "more") return undefined;
    for (const [name, json] of pairsOf(found)) {
      // One that changed since an earlier part comes again, at the place where it belongs now.
      entities.delete(name);
      // JSON that a commit of ours wrote.
      entities.set(name, JSON.parse(json) as Entity);
    }
    // Texts, as the script says.
    for (const text of changeTexts as readonly string[]) changes.push(JSON.parse(text) as KeptChange);
    lastSeq = seq;
    lastChange = changeId;
    if (kind === "more") continue;
    const [removed, eventTexts, missed, named] = reply.slice(6);
    const read = standingOf(standing);
    project.saw(read.life);
    // As above.
    const removedNames = new Set(removed as readonly string[]);
    for (const name of removedNames) entities.delete(name);
    return {
      position: positionOf(read),
      entities,
      removed: removedNames,
      changes,
      // As above.
      events: (eventTexts as readonly string[]).map((text) => JSON.parse(text) as Envelope),
      missed: Number(missed),
      registers: Object.fromEntries(pairsOf(named).map(([name, json]) => [name, JSON.parse(json)])),
    };
  }
}

export function deltaOf(from: number, since: ChangesSince): StoreDelta {
  const { position, events, missed, registers } = since;
  const upserted = new Map<string, Entity[]>();
  for (const [name, entity] of since.entities) appendTo(upserted, collectionIn(name), entity);
  const removed = new Map<string, string[]>();
  for (const name of since.removed) appendTo(removed, collectionIn(name), name.slice(name.indexOf(" ") + 1));
  const kept = new Map<string, KeptChange[]>();
  for (const change of since.changes) appendTo(kept, change.collection, change);
  const changes: Record<string, StoreChanges> = {};
  for (const collection of new Set([...upserted.keys(), ...removed.keys()])) {
    const entities = upserted.get(collection) ?? [];
    changes[collection] = {
      upserted: entities,
      changes: coalesceChanges(from, kept.get(collection) ?? [], entities),
      removed: removed.get(collection) ?? [],
    };
  }
  return { position, from, changes, events, eventsLost: missed - events.length, registers };
}

function collectionIn(name: string): string {
  return name.slice(0, name.indexOf(" "));
}
